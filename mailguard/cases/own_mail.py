"""A sender's own held mail: its state and why it is held, and nothing out of the customer register.

The reasons' sentences name customers and towns: whoever may send through the guard could read the register by sending
mails and looking here. So only the codes come out; the words are the page's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from mailguard.cases.deciding.four_eyes import addresses_of, user_mark
from mailguard.cases.deciding.standing import still_open
from mailguard.cases.remarks import waiting_questions
from mailguard.cases.rows import recipients_of
from mailguard.cases.scope import require_own
from mailguard.core.case import CaseState
from mailguard.core.coaching import topics_of
from mailguard.core.person import Person
from mailguard.core.remark import RemarkKind
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, IdentityRow, RecipientRow
from mailguard.store.tables.reviewing import RemarkRow

_MOST_SORTED = 5_000
"""Messages of one person that are put in order; a shared mailbox can have more of a million."""


@dataclass(frozen=True, slots=True)
class OwnRecipient:
    """One recipient and what became of it."""

    address: str
    approved: bool | None
    delivered: bool


@dataclass(frozen=True, slots=True)
class OwnMail:
    """One held message as its sender may see it."""

    id: str
    state: CaseState
    received_at: datetime
    subject: str
    """Masked."""
    recipients: tuple[OwnRecipient, ...]
    reasons: tuple[str, ...]
    """Codes, worst first."""
    topics: frozenset[str]
    """What it teaches (`core.coaching.topics_of`)."""
    expires_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    """The reviewer's words for the sender; None where nobody was turned away."""
    asked: bool
    """A question waits for the sender's answer."""
    returned: bool
    """It was given back for correction."""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Some messages, newest first, and the id to ask the following ones after."""

    mails: tuple[OwnMail, ...]
    next: str | None


def list_own(store: Store, person: Person, *, limit: int = 50, after: str | None = None) -> OwnPage:
    """The person's own held mail, newest first. Raises StoreError."""
    with store.reading() as session:
        theirs = {user_mark(person.user_id), *addresses_of(session, person)}
        ids = _page(session, theirs, limit + 1, after)
        rows = {row.id: row for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(ids[:limit])))}
        mails = _described(session, [rows[case_id] for case_id in ids[:limit]], store.clock())
    return OwnPage(mails, mails[-1].id if len(ids) > limit else None)


def _page(session: Session, addresses: set[str], limit: int, after: str | None) -> list[str]:
    """Ids of the newest cases of these addresses, or of those that follow `after`."""
    theirs = col(IdentityRow.address).in_(sorted(addresses))
    named = select(IdentityRow.case_id).where(theirs).distinct()
    mine = select(IdentityRow.case_id).where(IdentityRow.case_id == CaseRow.id, theirs).exists()
    query = select(CaseRow.id)
    if session.exec(named.offset(_MOST_SORTED).limit(1)).first() is None:
        # The limit is a fence: without it SQLite walks through all cases in their order and asks each.
        ids = named.limit(_MOST_SORTED).subquery()
        query = query.join(ids, ids.c.case_id == col(CaseRow.id))
    else:
        # Who has so many is met soon on the way through all cases, newest first.
        query = query.where(mine)
    # Another's case marks no place: it would tell that it is there, and since when.
    mark = session.exec(select(CaseRow).where(CaseRow.id == after, mine)).one_or_none() if after is not None else None
    if mark is not None:
        # Said twice: an index can begin at the first, and the second tells cases of one moment apart.
        same = (col(CaseRow.received_at) == mark.received_at) & (col(CaseRow.id) < mark.id)
        query = query.where(CaseRow.received_at <= mark.received_at)
        query = query.where(or_(col(CaseRow.received_at) < mark.received_at, same))
    return list(session.exec(query.order_by(col(CaseRow.received_at).desc(), col(CaseRow.id).desc()).limit(limit)))


def read_own(store: Store, case_id: str, person: Person) -> OwnMail:
    """One of them. Raises NoSuchCase for anybody else's."""
    with store.reading() as session:
        row = require_own(session, case_id, person)
        return _described(session, [row], store.clock())[0]


def _described(session: Session, rows: Sequence[CaseRow], now: datetime) -> tuple[OwnMail, ...]:
    ids = [row.id for row in rows]
    recipients = recipients_of(session, ids)
    asked = waiting_questions(session, ids)
    # A decision that can still be taken back is told to nobody.
    undecided = still_open(session, ids, now)
    returns = select(RemarkRow.case_id, RemarkRow.at).where(
        col(RemarkRow.case_id).in_(ids), RemarkRow.kind == RemarkKind.RETURN
    )
    returned = {(case_id, at) for case_id, at in session.exec(returns)}
    return tuple(
        _mail(
            row,
            recipients[row.id],
            asked=row.id in asked,
            returned=(row.id, row.decided_at) in returned,
            open_still=row.id in undecided,
        )
        for row in rows
    )


def _mail(
    row: CaseRow, recipients: Sequence[RecipientRow], *, asked: bool, returned: bool, open_still: bool
) -> OwnMail:
    state = CaseState.HELD if open_still else CaseState(row.state)
    held = state is CaseState.HELD
    turned_away = not held and any(one.approved is False for one in recipients)
    return OwnMail(
        id=row.id,
        state=state,
        received_at=row.received_at,
        subject=row.subject,
        recipients=tuple(
            OwnRecipient(one.address, None if held else one.approved, one.delivered_at is not None)
            for one in recipients
        ),
        reasons=tuple(dict.fromkeys(str(reason["code"]) for reason in row.judgement["reasons"])),
        topics=topics_of(row.judgement),
        expires_at=row.expires_at if held else None,
        decided_at=None if held else row.decided_at,
        reason=row.decision_reason if turned_away else None,
        asked=asked and held,
        returned=returned and not held,
    )
