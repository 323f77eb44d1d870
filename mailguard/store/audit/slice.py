"""A part of the audit chain: what is about one case, what one person did or had done to them, what was in a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, or_
from sqlmodel import Session, col

from mailguard.core.errors import StoreError
from mailguard.store.audit.digest import moment_text
from mailguard.store.audit.rows import RawRow, Unreadable, details_of, moment_of, read_rows
from mailguard.store.tables.audit import AuditRow

_IN_PLACE_OF = " for "


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entries: all that is given has to fit."""

    cases: tuple[str, ...] = ()
    """Any of these; none given: whatever the case, or none."""
    person: str | None = None
    """A user's name: who acted, or any value in the details."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that does not belong to it."""

    def described(self) -> dict[str, str]:
        """What was given, for programs."""
        texts = {
            "cases": ",".join(self.cases) or None,
            "person": self.person,
            "since": moment_text(self.since) if self.since else None,
            "until": moment_text(self.until) if self.until else None,
        }
        return {name: text for name, text in texts.items() if text is not None}

    @classmethod
    def of(cls, described: dict[str, str]) -> "Choice":
        """The choice that was described. Raises ValueError, TypeError for a description that is none."""
        given = dict(described)
        since, until = (given.pop(name, None) for name in ("since", "until"))
        cases, person = given.pop("cases", ""), given.pop("person", None)
        if given:
            raise ValueError("unknown choice")
        moments = (datetime.fromisoformat(text) if text is not None else None for text in (since, until))
        return cls(tuple(filter(None, cases.split(","))), person, *moments)

    def fits(self, entry: dict[str, Any]) -> bool:
        """Whether an entry, as `slice_of` gives it, belongs to it."""
        at = datetime.fromisoformat(entry["at"])
        return (
            (not self.cases or entry["case_id"] in self.cases)
            and (self.since is None or self.since <= at)
            and (self.until is None or at < self.until)
            and (
                self.person is None or self.person in _persons(entry["actor"]) or _holds(entry["details"], self.person)
            )
        )

    def _condition(self) -> ColumnElement[bool]:
        """What the database can say of it: `fits` has the last word."""
        conditions: list[ColumnElement[bool]] = []
        if self.cases:
            conditions.append(col(AuditRow.case_id).in_(self.cases))
        if self.since is not None:
            conditions.append(col(AuditRow.at) >= self.since)
        if self.until is not None:
            conditions.append(col(AuditRow.at) < self.until)
        if self.person is not None:
            quoted = cast(col(AuditRow.details), Text).contains(json.dumps(self.person), autoescape=True)
            acted = (
                col(AuditRow.actor) == self.person,
                col(AuditRow.actor).startswith(f"{self.person}{_IN_PLACE_OF}", autoescape=True),
                col(AuditRow.actor).endswith(f"{_IN_PLACE_OF}{self.person}", autoescape=True),
            )
            conditions.append(or_(*acted, quoted))
        return and_(*conditions)


def slice_of(session: Session, choice: Choice, last: int) -> Iterator[dict[str, Any]]:
    """The chosen entries up to the number `last`, oldest first, as they are digested, for JSON.

    Raises StoreError for an entry that was not written by the store.
    """
    condition = choice._condition()
    try:
        for batch in read_rows(session.connection(), None, col(AuditRow.seq) <= last, condition):
            for entry in map(entry_of, batch):
                if choice.fits(entry):
                    yield entry
    except (Unreadable, ValueError):
        raise StoreError("an audit entry is not as it was written: `mailguard audit verify` names it") from None


def entry_of(row: RawRow) -> dict[str, Any]:
    """A row's fields for JSON. Raises ValueError for what was not written by the store."""
    return {
        "seq": row.seq,
        "at": moment_of(row),
        "actor": row.actor,
        "act": row.act,
        "case_id": row.case_id,
        "details": details_of(row),
        "previous": row.previous,
        "digest": row.digest,
    }


def _persons(actor: str) -> tuple[str, ...]:
    """Whoever acted: a deputy stands there with the person in whose place (`berta for anna`)."""
    return (actor, *actor.split(_IN_PLACE_OF))


def _holds(value: Any, name: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(inner, name) for inner in value.values())
    if isinstance(value, list):
        return any(_holds(inner, name) for inner in value)
    return bool(value == name)
