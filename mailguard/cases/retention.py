"""The end of what is kept: first the key of the sealed letter, then the letter, and in the end all rows of the case.

Each step is a transaction of its own with its audit entries. What one run leaves undone, stopped at any moment, the
next one does; several nodes may run it at once. The audit trail itself stays: it names people and case ids.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, String, and_, cast, or_
from sqlalchemy.engine import Connection
from sqlmodel import col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.cases.life import ENDED
from mailguard.cases.tags import without_tags
from mailguard.core.reason import ReasonCode
from mailguard.core.settings import StoreSettings
from mailguard.store.audit.chain import Entry
from mailguard.store.database.scrubbing import scrub
from mailguard.store.store import Store
from mailguard.store.tables.cases import BodyRow, CaseRow

_BATCH = 100
"""Cases in one transaction: others that write wait for it."""
_HAS_ENDED = col(CaseRow.state).in_(sorted(ENDED))
"""Neither held, nor approved, nor undeliverable: those wait for somebody, however long."""
_HAS_KEY = col(BodyRow.key_id) != ""


def keep_terms(store: Store, settings: StoreSettings) -> None:
    """Destroy what is older than the configuration lets it be, in the files of the database too. Raises StoreError."""
    destroyed = destroy_bodies(store, settings.retention_days)
    destroyed += remove_cases(store, settings.metadata_days, settings.metadata_days_for)
    # SQLite's log is emptied by every run: a reader may have been in the way of the one that destroyed something.
    if destroyed or store.engine.dialect.name == "sqlite":
        scrub(store.engine)


def destroy_bodies(store: Store, days: int) -> int:
    """Destroy the sealed letters of cases that ended more than `days` ago: the data keys, then the bodies.

    From the first of the two transactions on the letter cannot be read, wherever a copy of its body lies, and nobody
    can try PINs on the tags of what was found in it. Gives the number of bodies that went. Raises StoreError.
    """
    of_case, ended = col(BodyRow.case_id), col(CaseRow.ended_at) < store.clock() - timedelta(days=days)
    due = select(BodyRow.case_id).join(CaseRow, col(CaseRow.id) == of_case).where(_HAS_ENDED, ended, _HAS_KEY)

    def forget_keys(ids: Sequence[str]) -> Executable:
        keyless = update(BodyRow).where(of_case.in_(ids), _HAS_KEY).values(key_id="", wrapped_key=b"")
        return keyless.returning(of_case)

    def delete_bodies(ids: Sequence[str]) -> Executable:
        return delete(BodyRow).where(of_case.in_(ids), ~_HAS_KEY).returning(of_case)

    _act_on_all(store, due, forget_keys, "data key destroyed", _forget_tags)
    return _act_on_all(store, select(BodyRow.case_id).where(~_HAS_KEY), delete_bodies, "body destroyed")


def _forget_tags(connection: Connection, ids: Sequence[str]) -> None:
    query = select(CaseRow.id, CaseRow.judgement).where(col(CaseRow.id).in_(ids))
    for case_id, judgement in connection.execute(query).all():
        findings = judgement["findings"]
        if any("tag" in finding for finding in findings):
            untagged = judgement | {"findings": list(without_tags(findings))}
            connection.execute(update(CaseRow).where(col(CaseRow.id) == case_id).values(judgement=untagged))


def remove_cases(store: Store, days: int, days_for: Mapping[ReasonCode, int]) -> int:
    """Remove all rows of cases that ended more than `days` ago and whose letters are destroyed. Gives their number.

    `days_for` sets other terms for reasons; of a case's several the longest holds. Raises StoreError.
    """
    body = select(BodyRow.case_id).where(col(BodyRow.case_id) == CaseRow.id)
    due = select(CaseRow.id).where(_HAS_ENDED, _is_past(store, days, days_for), ~body.exists())

    def delete_cases(ids: Sequence[str]) -> Executable:
        gone = delete(CaseRow).where(col(CaseRow.id).in_(ids), _HAS_ENDED)
        return gone.returning(col(CaseRow.id), col(CaseRow.state), col(CaseRow.ended_at))

    return _act_on_all(store, due, delete_cases, "case removed")


def _is_past(store: Store, days: int, days_for: Mapping[ReasonCode, int]) -> ColumnElement[bool]:
    now = store.clock()

    def older(term: int) -> ColumnElement[bool]:
        return col(CaseRow.ended_at) < now - timedelta(days=term)

    # The shortest of all terms first: that one has an index.
    past = and_(older(min([days, *days_for.values()])), *(or_(~_has(code), older(days_for[code])) for code in days_for))
    others = [_has(code) for code in ReasonCode if code not in days_for]
    if not days_for or not others:
        return and_(past, older(days)) if not days_for else past
    # The usual term holds for a case with any other reason, or with none.
    return and_(past, or_(older(days), and_(or_(*map(_has, days_for)), ~or_(*others))))


def _has(code: ReasonCode) -> ColumnElement[bool]:
    # As `json` writes it. Within a text of the judgement the quotation marks would have a backslash before them.
    return cast(col(CaseRow.judgement), String).contains(f'"code": "{code.value}"', autoescape=True)


def _act_on_all(
    store: Store,
    due: SelectOfScalar[str],
    statement: Callable[[Sequence[str]], Executable],
    act: str,
    and_then: Callable[[Connection, Sequence[str]], None] | None = None,
) -> int:
    """Carry out a statement on all cases that are due, some at a time, with an audit entry for each row that it gives.

    The statement says itself what it applies to: another node may have been there since the look. `and_then` happens
    to the cases of those rows in the same transaction.
    """
    # Looked for outside the transactions that write: among a million cases it takes a while, and nobody has to wait.
    with store.reading() as session:
        ids = list(session.exec(due))
    count = 0
    for start in range(0, len(ids), _BATCH):
        with store.writing() as session:
            connection = session.connection()
            rows = connection.execute(statement(ids[start : start + _BATCH])).all()
            if and_then is not None:
                and_then(connection, [case_id for case_id, *_ in rows])
            entries = [Entry(act, "guard", store.clock(), case_id, _details(rest)) for case_id, *rest in rows]
            store.audit.append_all(connection, entries)
        count += len(rows)
    return count


def _details(rest: list[Any]) -> dict[str, str]:
    return {"state": rest[0], "ended_at": rest[1].isoformat()} if rest else {}
