"""Ops learns of what waits for too long, once, and that it is over."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlmodel import select

from mailguard.cases.awaiting.claim import claim_unread
from mailguard.cases.awaiting.conclude import end_unread
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.core.settings import NoticeSettings, RegisterSettings, Settings
from mailguard.core.settings.types import Language
from mailguard.customers.source_states import BY_HAND, note_success
from mailguard.notices.troubles.letter import compose_trouble
from mailguard.notices.troubles.queues import tell_queues
from mailguard.notices.troubles.register import tell_age
from mailguard.notices.troubles.trouble import open_troubles
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow, WebhookRow
from tests.conftest import TurnableClock
from tests.notices.outbox import parsed, written
from tests.notices.test_compose import body
from tests.support.case_rows import add_case, decide_case

OPS = ["ops@operator.example"]
LIMITS = NoticeSettings(queue_hours=24, stuck_minutes=60)


def _add(store: Store, row: NoticeRow | WebhookRow) -> int:
    with store.writing() as session:
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def _set(store: Store, kind: type, key: object, **values: object) -> None:
    with store.writing() as session:
        row = session.get(kind, key)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_a_case_that_waits_for_too_long(any_store: Store, clock: TurnableClock) -> None:
    """After a day, not before; the all-clear when it is decided."""
    case_id = add_case(any_store, clock())
    clock.turn(hours=24)
    tell_queues(any_store, LIMITS, OPS)
    assert written(any_store) == []
    clock.turn(seconds=1)
    for _ in range(3):
        tell_queues(any_store, LIMITS, OPS)
    assert written(any_store) == [("queue_trouble", OPS[0])]
    decide_case(any_store, case_id, "reject", timedelta(hours=25))
    for _ in range(2):
        tell_queues(any_store, LIMITS, OPS)
    assert written(any_store) == [("queue_trouble", OPS[0]), ("queue_well", OPS[0])]


def test_letters_releases_unread_webhooks_and_digests_that_are_stuck(any_store: Store, clock: TurnableClock) -> None:
    """Each is a trouble of its own; what is only due later is none."""
    now = clock()
    case_id = add_case(any_store, now)
    decide_case(any_store, case_id, "approve", timedelta(0))
    _set(any_store, CaseRow, case_id, tries=3, release_at=now)
    letter = _add(
        any_store, NoticeRow(kind="digest", to="a@x.example", details={}, created_at=now, due_at=now, tries=4)
    )
    delivery = _add(any_store, WebhookRow(hook="chat", event="hold", body={}, created_at=now, due_at=now))
    later = NoticeRow(
        kind="held", to="b@x.example", details={}, created_at=now, due_at=now + timedelta(days=1), tries=0
    )
    _add(any_store, later)
    keep_unread(any_store, Envelope("a@x.example", ("b@x.example",)), b"Subject: x\r\n\r\n")
    tell_queues(any_store, LIMITS, OPS)
    assert open_troubles(any_store, "queue") == []
    clock.turn(hours=1, seconds=1)
    tell_queues(any_store, LIMITS, OPS)
    assert open_troubles(any_store, "queue") == ["letters", "reading", "release", "webhook chat"]
    assert open_troubles(any_store, "digest") == ["a@x.example"]
    _set(any_store, NoticeRow, letter, sent_at=clock(), due_at=None)
    _set(any_store, WebhookRow, delivery, sent_at=clock(), due_at=None)
    _set(any_store, CaseRow, case_id, state="released", release_at=None)
    job = claim_unread(any_store, clock())
    assert job is not None
    end_unread(any_store, job, passed=job.remaining)
    tell_queues(any_store, LIMITS, OPS)
    assert open_troubles(any_store, "queue") == open_troubles(any_store, "digest") == []


def test_a_digest_that_was_refused(store: Store, clock: TurnableClock) -> None:
    """Given up for the mail server's answer it is a trouble; given up because nothing waits it is none."""
    rows = {"refused@x.example": "550 no such user", "empty@x.example": "not sent: nothing waits any more"}
    for to, answer in rows.items():
        _add(store, NoticeRow(kind="digest", to=to, details={}, created_at=clock(), tries=1, last_answer=answer))
    tell_queues(store, LIMITS, OPS)
    assert open_troubles(store, "digest") == ["refused@x.example"]


def test_a_register_that_is_too_old(any_store: Store, clock: TurnableClock) -> None:
    """Told when it passes the limit, and when it is fresh again."""
    settings = RegisterSettings(stale_hours=24)
    note_success(any_store.engine, BY_HAND, clock())
    tell_age(any_store, settings, OPS)
    assert written(any_store) == []
    clock.turn(hours=25)
    for _ in range(2):
        tell_age(any_store, settings, OPS)
    note_success(any_store.engine, BY_HAND, clock())
    for _ in range(2):
        tell_age(any_store, settings, OPS)
    assert written(any_store) == [("stale_trouble", OPS[0]), ("stale_well", OPS[0])]


@pytest.mark.parametrize("language", get_args(Language))
def test_every_letter_in_every_language(store: Store, clock: TurnableClock, language: str) -> None:
    """Each of them is a whole letter, tells different queues apart, and leaves nothing unfilled."""
    settings = Settings(notices={"language": language})
    said = set()
    details = {"address": "a@x.example", "source": "crm", "last_sync": None, "waiting": 3, "entry": 7, "problem": "odd"}
    details |= {"oldest_at": clock().isoformat(), "week": "2026-W46"}
    for topic in ("queue", "digest", "stale", "audit", "report"):
        for kind in (f"{topic}_trouble", f"{topic}_well"):
            for about in ("review", "letters", "release", "reading", "webhook chat") if topic == "queue" else ("",):
                row = NoticeRow(id=7, kind=kind, to=OPS[0], details=details | {"about": about}, created_at=clock())
                letter = parsed(compose_trouble(row, settings))
                text = body(letter, "plain")
                assert not set("{}[]") & set(text + str(letter["Subject"]))
                said.add(" ".join(text.split()))
    assert len(said) == 2 * (5 + 4)


def test_without_report_to_it_goes_to_ops_and_admins(any_store: Store, clock: TurnableClock) -> None:
    """With nobody there it is kept until somebody is."""
    add_case(any_store, clock())
    clock.turn(days=2)
    tell_queues(any_store, LIMITS, ())
    assert open_troubles(any_store, "queue") == []
    for name, role in (("otto", Role.OPS), ("ada", Role.ADMIN), ("anna", Role.SUPERVISOR)):
        add_user(any_store, name, email=f"{name}@operator.example", role=role, password=None)
    tell_queues(any_store, LIMITS, ())
    with any_store.reading() as session:
        assert sorted(session.exec(select(NoticeRow.to))) == ["ada@operator.example", "otto@operator.example"]
