"""What the register's pages share: their tabs, who may do what, and how much of an address is shown."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Request, Response
from markupsafe import Markup

from mailguard.core.errors import NotYours
from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.desk import flash
from mailguard.desk.desk import Desk
from mailguard.desk.display import address, line, mask_address
from mailguard.desk.visitor import Visitor

PAGE = 50
LONGEST_QUERY = 200
LONGEST_REASON = 500

TABS = {
    "overview": ("Overview", "/register"),
    "audit": ("Audit", "/register/audit"),
    "pairs": ("Remembered pairs", "/register/pairs"),
    "disputes": ("Disputed addresses", "/register/disputes"),
    "confirmations": ("Confirmations", "/register/confirmations"),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of an address this visitor sees on this page."""

    whole: bool

    def __call__(self, text: str) -> Markup:
        """Whole for those who act on it, else masked: enough to tell two apart, and nobody can write to it."""
        return address(text) if self.whole else Markup('<span class="address">{}</span>').format(line(self.plain(text)))

    def plain(self, text: str) -> str:
        """The same for a file or an API."""
        return text if self.whole or "@" not in text else mask_address(text)


def may_revoke(person: Person) -> bool:
    """Who decides on letters decides on what is remembered of them."""
    return person.role in DECIDING_ROLES


def may_audit(person: Person) -> bool:
    """Who may have the register audited, and sees the addresses that it finds: whoever can have them mended."""
    return person.role in DECIDING_ROLES | {Role.OPS}


def require(allowed: bool) -> None:
    """Raises NotYours for a role that may only read."""
    if not allowed:
        raise NotYours("your role reads this page and changes nothing on it")


def shown(request: Request, desk: Desk, visitor: Visitor, tab: str, status: int = 200, **values: Any) -> Response:
    """A page of the register."""
    page = desk.pages.render(
        f"register_{tab}.html",
        status,
        headers=values.pop("headers", None),
        visitor=visitor,
        flash=flash.take(request, desk),
        tabs=[(title, href, key == tab) for key, (title, href) in TABS.items()],
        tab=tab,
        **values,
    )
    flash.clear(request, page, desk)
    return page


class Pager(NamedTuple):
    """Links to the first and the next page; None where one is shown already, or there is none."""

    first: str | None
    next: str | None


def pager(query: str, after: int, following: int | None, **filters: str) -> Pager:
    """The links of a page that begins behind `after` and ends at `following` (None: it is the last)."""
    kept = filters | ({"q": query} if query else {})
    first = f"?{urlencode(kept)}" if after else None
    return Pager(first, f"?{urlencode(kept | {'after': following})}" if following else None)
