"""Send the weekly report when it is due, once, whoever's scheduler fires, and afterwards where the guard was down."""

import asyncio
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import col, delete, func, select, update

from mailguard.core.settings import ReportSettings, Settings
from mailguard.report.facts import read_facts, report_week
from mailguard.report.mail import Deliver, mail_report
from mailguard.report.week import Week, week_of
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.figures import CountRow, ReportRow

CLAIM = timedelta(hours=1)
"""A node that died while sending loses its week to another after that; a report that all refused is tried again."""
CATCH_UP = 4
"""Weeks that are sent afterwards when the guard was down; older ones are written with `report weekly --week`."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

log = structlog.get_logger("mailguard.report")


async def send_due_report(store: Store, settings: Settings, deliver: Deliver, now: datetime) -> tuple[str, ...]:
    """Mail every report that is due and not sent yet, oldest first; gives the weeks that were sent.

    Does nothing without `report.to`. Call it as often as you like, from as many nodes: each week goes out once. A week
    that failed is free again for the next call. Raises StoreError; a next hop that is away is logged.
    """
    if not settings.report.to:
        return ()
    sent = []
    for week in await asyncio.to_thread(due_weeks, store, settings.report, now):
        if await asyncio.to_thread(_claim, store, week, now) and await _send(store, settings, deliver, week, now):
            sent.append(week.name)
    return tuple(sent)


def keep_due_facts(store: Store, settings: Settings, now: datetime) -> str | None:
    """Write down the facts of the last week whose report is due, also where nobody gets it by mail.

    Gives the week when it was written down now. Raises StoreError.
    """
    zone = ZoneInfo(settings.report.time_zone)
    week = week_of(_last_firing(settings.report, zone, now), zone).after(-1)
    if week.sunday < (_first_day(store, zone) or date.max) or week.name in read_facts(store, week.name, week.name):
        return None
    report_week(store, week.name, settings)
    return week.name


def due_at(week: Week, settings: ReportSettings) -> datetime:
    """When the report of a week is due: the first `weekday` and `hour` after its end."""
    return _last_firing(settings, week.zone, week.end + timedelta(days=7))


def due_weeks(store: Store, settings: ReportSettings, now: datetime) -> list[Week]:
    """The weeks whose report is due and not sent: the last full one at the latest `weekday` and `hour`.

    Also those before it since the last report that went out, at most `CATCH_UP` in all, and none from before the
    guard's first day.
    """
    zone = ZoneInfo(settings.time_zone)
    latest = week_of(_last_firing(settings, zone, now), zone).after(-1)
    begins = _first_day(store, zone)
    if begins is None:
        return []
    with store.reading() as session:
        sent = session.exec(select(ReportRow.week).where(col(ReportRow.sent_at).is_not(None))).all()
    return [week for week in _unsent(latest, sent) if week.sunday >= begins]


def _first_day(store: Store, zone: ZoneInfo) -> date | None:
    """The guard's first day with mail; None where there was none yet."""
    with store.reading() as session:
        first_day = session.exec(select(func.min(CountRow.day))).one()
        first_held = session.exec(select(func.min(CaseRow.received_at))).one()
    held_day = first_held.astimezone(zone).date() if first_held else None
    return min((day for day in (first_day, held_day) if day is not None), default=None)


def _unsent(latest: Week, sent: Collection[str]) -> list[Week]:
    if latest.name in sent:
        return []
    weeks = [latest]
    # The first report ever is one report, whatever the guard has seen before somebody asked for it.
    while len(weeks) < CATCH_UP and any(name < weeks[0].name for name in sent) and weeks[0].after(-1).name not in sent:
        weeks.insert(0, weeks[0].after(-1))
    return weeks


def _last_firing(settings: ReportSettings, zone: ZoneInfo, now: datetime) -> datetime:
    today = now.astimezone(zone).date()
    day = today - timedelta(days=(today.weekday() - _DAYS.index(settings.weekday)) % 7)
    # Compared in UTC: two local times of one zone would be compared by their clocks, DST or not.
    firing = datetime.combine(day, time(settings.hour), zone).astimezone(UTC)
    if firing > now:
        firing = datetime.combine(day - timedelta(days=7), time(settings.hour), zone).astimezone(UTC)
    return firing


async def _send(store: Store, settings: Settings, deliver: Deliver, week: Week, now: datetime) -> bool:
    try:
        figures = await asyncio.to_thread(report_week, store, week.name, settings)
        answers = await mail_report(figures, settings, deliver)
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(_release, store, week, now))
        if not isinstance(error, Exception):
            raise
        log.warning("report not sent", week=week.name, error=type(error).__name__)
        return False
    codes = sorted(answer.code for answer in answers.values())
    if not any(answer.ok for answer in answers.values()):
        # Nobody would take it: the claim stays, so that it is tried again by the hour and not by the minute.
        log.error("report refused", week=week.name, codes=codes)
        return False
    await asyncio.to_thread(_mark_sent, store, week, now)
    log.info("report sent", week=week.name, codes=codes)
    return True


def _claim(store: Store, week: Week, now: datetime) -> bool:
    table: Table = ReportRow.__table__  # type: ignore[attr-defined]
    with store.writing() as session:
        connection = session.connection()
        insert = insert_postgresql if connection.dialect.name == "postgresql" else insert_sqlite
        row = insert(table).values(week=week.name, started_at=now).on_conflict_do_nothing()
        # Without the option PostgreSQL's driver does not tell of an INSERT how many rows it made.
        if connection.execute(row.execution_options(preserve_rowcount=True)).rowcount == 1:
            return True
        stale = update(ReportRow).where(
            col(ReportRow.week) == week.name, col(ReportRow.sent_at).is_(None), col(ReportRow.started_at) <= now - CLAIM
        )
        return session.execute(stale.values(started_at=now)).rowcount == 1  # type: ignore[attr-defined,no-any-return]


def _release(store: Store, week: Week, claimed_at: datetime) -> None:
    mine = delete(ReportRow).where(col(ReportRow.week) == week.name, col(ReportRow.started_at) == claimed_at)
    with store.writing() as session:
        session.execute(mine.where(col(ReportRow.sent_at).is_(None)))


def _mark_sent(store: Store, week: Week, now: datetime) -> None:
    with store.writing() as session:
        session.execute(update(ReportRow).where(col(ReportRow.week) == week.name).values(sent_at=now))
