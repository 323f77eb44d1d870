"""What the register's pages share: their tabs, who may do what, and how much of an address is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Protocol
from urllib.parse import urlencode

from fastapi import Depends, Form, Path, Query, Request, Response
from markupsafe import Markup

from mailguard.core.errors import BadDecision
from mailguard.core.person import Person
from mailguard.desk import flash
from mailguard.desk.desk import Desk
from mailguard.desk.display import address, line, mask_address
from mailguard.desk.language.catalogue import N_
from mailguard.desk.rights import may
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import Visitor

PAGE = 50
LONGEST_QUERY = 200
LONGEST_REASON = 500
_LARGEST = 1 << 53
"""Numbers up to here mean the same in JSON."""

After = Annotated[int, Query(ge=0, le=_LARGEST, description="`next` of the page before")]
Number = Annotated[int, Path(ge=1, le=_LARGEST)]

TABS = {
    "overview": (N_("Overview"), "/register"),
    "audit": (N_("Audit"), "/register/audit"),
    "pairs": (N_("Remembered pairs"), "/register/pairs"),
    "disputes": (N_("Disputed addresses"), "/register/disputes"),
    "confirmations": (N_("Confirmations"), "/register/confirmations"),
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
    return may(person, "POST /register/pairs/{pair_id}/revoke")


def may_audit(person: Person) -> bool:
    """Who may have the register audited, and sees the addresses that it finds: whoever can have them mended."""
    return may(person, "POST /register/audit")


def check_reason(reason: str) -> str:
    """The reason for taking something back; raises BadDecision where there is none, or far too much of one."""
    if not reason.strip():
        raise BadDecision("say why: the reason is kept in the audit trail")
    if len(reason) > LONGEST_REASON:
        raise BadDecision(
            "the reason has %(count)s characters; at most %(most)s are kept", count=len(reason), most=LONGEST_REASON
        )
    return reason


def shown(request: Request, desk: Desk, visitor: Visitor, tab: str, status: int = 200, **values: Any) -> Response:
    """A page of the register."""
    page = desk.pages.render(
        f"register/{tab}.html",
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of a list: those that contain these words, behind the one of that number."""

    query: str = ""
    after: int = 0


def _asked(q: Typed = "", after: After = 0) -> Asked:
    return Asked(q[:LONGEST_QUERY], after)


ListAsked = Annotated[Asked, Depends(_asked)]
Reason = Annotated[Typed, Form()]


class Numbered(Protocol):
    """A row of a list that goes on behind its number."""

    @property
    def id(self) -> int:
        """The row's number."""


def list_page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    tab: str,
    found: Sequence[Numbered],
    asked: Asked,
    problem: str = "",
) -> Response:
    """A tab that lists rows, `PAGE` at most: `found` has one more where there is a next page. `problem` is why nothing
    was taken back."""
    following = found[PAGE - 1].id if len(found) > PAGE else None
    decides = may_revoke(visitor.person)
    return shown(
        request,
        desk,
        visitor,
        tab,
        422 if problem else 200,
        rows=found[:PAGE],
        query=asked.query,
        problem=problem,
        sight=Sight(decides),
        may_revoke=decides,
        pager=pager(asked.query, asked.after, following),
    )
