"""Mailing the report: when, once, and what it is made of."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import InputError, NextHopError
from mailguard.core.settings import ReportSettings, Settings
from mailguard.report.figures import WeeklyFigures
from mailguard.report.mail import compose_report, mail_report
from mailguard.report.schedule import _last_firing, send_due_report
from mailguard.report.week import week_of
from mailguard.store.store import Store
from mailguard.store.tables.figures import ReportRow
from tests.support.case_rows import add_case

OK, LATER, NO = Answer(250, ("2.0.0 ok",)), Answer(451, ("4.3.0 later",)), Answer(550, ("5.1.1 no",))
SETTINGS = Settings(
    report={"to": ["ops@operator.example", "dpo@operator.example"], "time_zone": "Europe/Helsinki"},
    notices={"from_address": "mailguard@operator.example"},
)
MONDAY_MORNING = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
"""Seven o'clock in Helsinki: the report of 2026-W46 is due."""


class NextHop:
    """Answers each recipient from a list, the last answer for ever."""

    def __init__(self, **answers: list[Answer]) -> None:
        self.answers = answers
        self.away = False
        self.taken: list[tuple[Envelope, bytes]] = []

    async def __call__(self, envelope: Envelope, letter: bytes) -> dict[str, Answer]:
        await asyncio.sleep(0)
        if self.away:
            raise NextHopError("away")
        self.taken.append((envelope, letter))
        return {to: self._answer(to.partition("@")[0]) for to in envelope.recipients}

    def _answer(self, name: str) -> Answer:
        left = self.answers.get(name, [OK])
        return left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def busy(any_store: Store) -> Store:
    """A guard that has held mail since October."""
    add_case(any_store, datetime(2026, 10, 1, tzinfo=UTC))
    return any_store


async def test_report_goes_out_when_due_and_once(busy: Store) -> None:
    """Not a minute before seven on Monday in Helsinki; then once, however often it is called."""
    hop = NextHop()
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING - timedelta(minutes=1)) == ("2026-W45",)
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING - timedelta(seconds=1)) == ()
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING) == ("2026-W46",)
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING + timedelta(days=3)) == ()
    assert len(hop.taken) == 2
    envelope, letter = hop.taken[1]
    assert envelope.reverse_path == ""
    assert envelope.recipients == ("ops@operator.example", "dpo@operator.example")
    assert "2026-W46" in message_from_bytes(letter)["Subject"]


async def test_many_schedulers_send_one_report(busy: Store) -> None:
    """Five nodes that fire at once send the week once."""
    hop = NextHop()
    sent = await asyncio.gather(*(send_due_report(busy, SETTINGS, hop, MONDAY_MORNING) for _ in range(5)))
    assert sorted(sent) == [(), (), (), (), ("2026-W46",)]
    assert len(hop.taken) == 1


async def test_downtime_is_caught_up(busy: Store) -> None:
    """Weeks that were missed go out afterwards, oldest first, at most four of them."""
    hop = NextHop()
    await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING)
    later = MONDAY_MORNING + timedelta(weeks=3)
    assert await send_due_report(busy, SETTINGS, hop, later) == ("2026-W47", "2026-W48", "2026-W49")
    much_later = MONDAY_MORNING + timedelta(weeks=20)
    assert len(await send_due_report(busy, SETTINGS, hop, much_later)) == 4


async def test_first_report_is_one_report(busy: Store) -> None:
    """Weeks from before anybody asked for reports do not come in a heap."""
    assert await send_due_report(busy, SETTINGS, NextHop(), MONDAY_MORNING + timedelta(days=2)) == ("2026-W46",)


async def test_guard_without_mail_or_readers_sends_nothing(store: Store) -> None:
    """A fresh guard has no last week, and without `report.to` there is nobody to write to."""
    hop = NextHop()
    assert await send_due_report(store, SETTINGS, hop, MONDAY_MORNING) == ()
    add_case(store, MONDAY_MORNING - timedelta(hours=3))
    assert await send_due_report(store, SETTINGS, hop, MONDAY_MORNING) == ()
    add_case(store, MONDAY_MORNING - timedelta(days=3))
    assert await send_due_report(store, Settings(), hop, MONDAY_MORNING) == ()
    assert hop.taken == []


@pytest.mark.parametrize("trouble", ["away", "later"])
async def test_failure_frees_the_week(busy: Store, trouble: str) -> None:
    """When nobody got it, the week is free at once and goes out with the next call."""
    hop = NextHop(ops=[LATER], dpo=[LATER])
    hop.away = trouble == "away"
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING) == ()
    with busy.reading() as session:
        assert session.get(ReportRow, "2026-W46") is None
    hop.away, hop.answers = False, {}
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING + timedelta(minutes=1)) == ("2026-W46",)


async def test_refusal_by_all_is_tried_by_the_hour(busy: Store) -> None:
    """A report that the next hop refuses for good does not knock every minute."""
    hop = NextHop(ops=[NO], dpo=[NO])
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING) == ()
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING + timedelta(minutes=59)) == ()
    assert len(hop.taken) == 1
    hop.answers = {}
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING + timedelta(hours=1)) == ("2026-W46",)


async def test_week_of_a_dead_node_is_taken_over(busy: Store) -> None:
    """A claim that was never finished is another's after an hour."""
    with busy.writing() as session:
        session.add(ReportRow(week="2026-W46", started_at=MONDAY_MORNING))
    hop = NextHop()
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING + timedelta(minutes=30)) == ()
    assert await send_due_report(busy, SETTINGS, hop, MONDAY_MORNING + timedelta(hours=1)) == ("2026-W46",)


async def test_cancelled_sending_frees_the_week(busy: Store) -> None:
    """A guard that is shut down while it sends leaves the week to the next start."""

    begun = asyncio.Event()

    async def hangs(envelope: Envelope, letter: bytes) -> dict[str, Answer]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    task = asyncio.create_task(send_due_report(busy, SETTINGS, hangs, MONDAY_MORNING))
    async with asyncio.timeout(120):
        await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await send_due_report(busy, SETTINGS, NextHop(), MONDAY_MORNING) == ("2026-W46",)


async def test_only_who_was_turned_away_gets_a_second_try(figures: WeeklyFigures) -> None:
    """When one reader has the report and one was turned away for now, only that one is tried again."""
    hop = NextHop(dpo=[LATER, LATER, OK])
    answers = await mail_report(figures, SETTINGS, hop, pauses=(0, 0, 0))
    assert {answer.code for answer in answers.values()} == {250}
    assert [envelope.recipients for envelope, _ in hop.taken] == [
        ("ops@operator.example", "dpo@operator.example"),
        ("dpo@operator.example",),
        ("dpo@operator.example",),
    ]


async def test_nobody_to_write_to_is_an_input_error(figures: WeeklyFigures) -> None:
    """Without `report.to` there is no letter."""
    with pytest.raises(InputError, match=r"report\.to"):
        await mail_report(figures, Settings(), NextHop())


def test_report_is_a_valid_message(figures: WeeklyFigures) -> None:
    """Text and HTML for reading, page and CSV attached, headers of an automatic letter, ASCII on the wire."""
    raw = compose_report(figures, SETTINGS)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    letter = message_from_bytes(raw, policy=SMTP)
    assert isinstance(letter, EmailMessage)
    assert not letter.defects
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [a.addr_spec for a in letter["To"].addresses] == ["ops@operator.example", "dpo@operator.example"]
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Messages seen" in text.get_content()
    assert "<svg" not in html.get_content()
    names = [part.get_filename() for part in letter.iter_attachments()]
    assert names == [f"mailguard-report-2026-W46.{form}" for form in ("html", "pdf", "csv")]
    page, printed, numbers = (part.get_content() for part in letter.iter_attachments())
    assert printed.startswith(b"%PDF-")
    assert "<svg" in page
    assert len(list(csv.reader(io.StringIO(numbers)))) > 20


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    st.integers(0, 23),
    st.sampled_from(["UTC", "Europe/Helsinki", "America/Santiago", "Pacific/Kiritimati"]),
)
def test_latest_firing_is_at_the_hour_of_the_day_within_the_last_week(
    now: datetime, weekday: str, hour: int, zone: str
) -> None:
    """The firing is on the configured day, not in the future, not more than a week (and a DST hour) ago."""
    settings = ReportSettings(weekday=weekday, hour=hour, time_zone=zone)
    firing = _last_firing(settings, ZoneInfo(zone), now)
    assert timedelta(0) <= now - firing <= timedelta(days=7, hours=1)
    local = firing.astimezone(ZoneInfo(zone))
    assert local.strftime("%a").lower() == weekday
    assert local.hour in {hour, (hour + 1) % 24}
    assert week_of(firing, ZoneInfo(zone)).after(-1).end <= firing
