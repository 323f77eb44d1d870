"""Whom the attention check asks, as the configuration says."""

from mailguard.cases.attention.check import Asked, Asking, read_asking
from mailguard.core.person import Person
from mailguard.desk.desk import Desk
from mailguard.desk.visitor import Visitor

_AT_PAGES = {"off": Asked.NEVER, "pages": Asked.ALWAYS, "everywhere": Asked.ALWAYS}
_OF_SCRIPTS = {"off": Asked.NEVER, "pages": Asked.IF_GIVEN, "everywhere": Asked.ALWAYS}


def asked_at_pages(desk: Desk) -> Asked:
    """Of somebody who sends the form."""
    return _AT_PAGES[desk.settings.desk.attention]


def asked_at_api(desk: Desk, visitor: Visitor) -> Asked:
    """Of whoever calls the HTTP API: a script with a token, or out of a page's session, which is asked as there."""
    if visitor.csrf_token is not None:
        return asked_at_pages(desk)
    return _OF_SCRIPTS[desk.settings.desk.attention]


def asking(desk: Desk, case_id: str, person: Person) -> Asking | None:
    """What the page asks before an approval; None: nothing."""
    return read_asking(desk.store, case_id, person) if asked_at_pages(desk) is Asked.ALWAYS else None
