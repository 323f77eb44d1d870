"""Delegations: one person decides in another's place from day to day, and both names stand under what they decide."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import Session, col, select

from mailguard.cases.deciding.reasons import require_reason
from mailguard.cases.deciding.rights import READING_ROLES, are_one, on_record, recorded
from mailguard.core.errors import BadDecision, InputError, NoSuchDelegation, NotYours
from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.store.store import Store
from mailguard.store.tables.decisions import DelegationRow
from mailguard.store.tables.people import UserRow

LONGEST = timedelta(days=366)
"""Whoever is away for longer has a successor, and no deputy."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Delegation:
    """The right of `giver` to decide, in the hands of `deputy`."""

    id: int
    giver: Person
    deputy: Person
    first_day: date
    last_day: date
    """Included; days of the calendar's time zone."""
    starts_at: datetime
    ends_at: datetime
    """The first moment that does not belong to it any more."""
    reason: str
    made_by: str
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None

    def state(self, at: datetime) -> str:
        """`planned`, `in_force`, `over` or `revoked`."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return "revoked"
        if at < self.starts_at:
            return "planned"
        return "in_force" if at < self.ends_at else "over"


def delegate(
    store: Store,
    giver: str,
    deputy: str,
    first_day: date,
    last_day: date,
    reason: str,
    *,
    zone: str,
    by: Person | None = None,
) -> Delegation:
    """Have `deputy` decide in the place of `giver` on these days, the last one included (login names).

    Only one's own right is given, by oneself or by an admin (`by`; None: at the command line), and it cannot be given
    on. Raises NotYours, BadDecision for days, people or a reason that cannot be, InputError for an unknown name.
    """
    starts_at, ends_at = _begin(first_day, zone), _begin(last_day + timedelta(days=1), zone)
    _check_days(first_day, last_day, store.clock().astimezone(ZoneInfo(zone)).date())
    _check_reason(reason)
    with store.writing() as session:
        now = store.clock()
        owner, other = _named(session, giver), _named(session, deputy)
        _require_owner_or_admin(session, owner, by)
        _check_people(owner, other)
        row = DelegationRow(
            giver_id=owner.user_id,
            deputy_id=other.user_id,
            first_day=first_day,
            last_day=last_day,
            # Not backwards: what is in force since this morning was not in force when somebody decided this morning.
            starts_at=max(starts_at, now),
            ends_at=ends_at,
            reason=reason.strip(),
            made_by=by.name if by else "command line",
            made_at=now,
        )
        session.add(row)
        session.flush()
        made = _delegation(session, row)
        store.audit.append(
            session, "delegation", actor=row.made_by, at=now, details=_details(made) | {"reason": reason}
        )
    return made


def end_delegation(store: Store, number: int, *, by: Person | None = None) -> Delegation:
    """End a delegation at once: by its giver, its deputy or an admin. One that has ended stays as it is.

    Raises NotYours, NoSuchDelegation.
    """
    with store.writing() as session:
        row, now = session.get(DelegationRow, number, with_for_update=True), store.clock()
        if row is None:
            raise NoSuchDelegation(f"there is no delegation {number}")
        if by is not None and by.user_id != row.deputy_id:
            _require_owner_or_admin(session, recorded(session, row.giver_id), by)
        if row.revoked_at is None and row.ends_at > now:
            row.revoked_by, row.revoked_at = by.name if by else "command line", now
            session.add(row)
            session.flush()
            details = _details(_delegation(session, row))
            store.audit.append(session, "delegation ended", actor=row.revoked_by, at=now, details=details)
        return _delegation(session, row)


def list_delegations(store: Store, person: Person | None = None, *, ended: bool = True) -> list[Delegation]:
    """Those that a person has given or was given, or everybody's; newest first."""
    query = select(DelegationRow).order_by(col(DelegationRow.id).desc())
    if person is not None:
        mine = person.user_id
        query = query.where(or_(col(DelegationRow.giver_id) == mine, col(DelegationRow.deputy_id) == mine))
    if not ended:
        query = query.where(DelegationRow.ends_at > store.clock(), col(DelegationRow.revoked_at).is_(None))
    with store.reading() as session:
        return [_delegation(session, row) for row in session.exec(query.limit(1000))]


def _check_days(first_day: date, last_day: date, today: date) -> None:
    if last_day < first_day:
        raise BadDecision("the last day comes before the first")
    if first_day < today:
        raise BadDecision("a delegation begins today or later, never in the past")
    if last_day - first_day > LONGEST:
        raise BadDecision("a delegation is for a year at most")


def _check_reason(reason: str) -> None:
    require_reason(reason)
    if len(reason) > LONGEST_REASON:
        raise BadDecision(
            "the reason has %(count)s characters; at most %(most)s are kept", count=len(reason), most=LONGEST_REASON
        )


def _check_people(giver: Person, deputy: Person) -> None:
    if giver.role not in DECIDING_ROLES:
        raise BadDecision(
            "%(name)s has no right to decide that could be given: only supervisors and admins have", name=giver.name
        )
    if deputy.role in READING_ROLES:
        raise BadDecision(
            "%(name)s has the role %(role)s, and decides for nobody", name=deputy.name, role=deputy.role.value
        )
    if are_one(giver, deputy):
        raise BadDecision("giver and deputy are the same person")


def _require_owner_or_admin(session: Session, owner: Person, by: Person | None) -> None:
    if by is None or by.user_id == owner.user_id:
        return
    now = on_record(session, by.user_id)
    if now is None or now.role is not Role.ADMIN:
        raise NotYours("nobody but an admin gives or ends another person's right")


def _named(session: Session, name: str) -> Person:
    user_id = session.exec(select(UserRow.id).where(UserRow.name == name, col(UserRow.disabled).is_(False))).first()
    person = on_record(session, user_id) if user_id is not None else None
    if person is None:
        raise InputError(f"there is no user {name!r}, or they are disabled")
    return person


def _begin(day: date, zone: str) -> datetime:
    # Midnight by the wall clock: where the clock is changed, a day has 23 or 25 hours.
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def _details(made: Delegation) -> dict[str, object]:
    return {
        "delegation": made.id,
        "giver": made.giver.name,
        "deputy": made.deputy.name,
        "from": made.first_day.isoformat(),
        "until": made.last_day.isoformat(),
    }


def _delegation(session: Session, row: DelegationRow) -> Delegation:
    return Delegation(
        id=row.id or 0,
        giver=recorded(session, row.giver_id),
        deputy=recorded(session, row.deputy_id),
        first_day=row.first_day,
        last_day=row.last_day,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        made_by=row.made_by,
        made_at=row.made_at,
        revoked_by=row.revoked_by,
        revoked_at=row.revoked_at,
    )
