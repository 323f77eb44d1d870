"""What a sender is told at each end of a case: one letter, right and plain, through a real mail server."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlmodel import select

from mailguard.cases.outbox import write_sender_notice
from mailguard.core.rule_folders import rule_folders
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.notices.compose import compose
from mailguard.notices.facts import read_facts
from mailguard.notices.wording import load_wording
from mailguard.policy.wording import Wording
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.notices.outbox import letters_of, mail_server, parsed, text_of
from tests.support.case_rows import add_case, decide_case

ON_RECORD = "kari.on.record@mail.example"
RIGHT, WRONG = "right@mail.example", "wrong@mail.example"


def _settings(language: str = "en") -> Settings:
    return Settings(
        notices={"language": language, "from_address": "mailguard@operator.example"},
        calendar={"time_zone": "Europe/Helsinki"},
        desk={"public_url": "https://guard.operator.example"},
    )


def _case(store: Store) -> str:
    reasons = {RIGHT: ["credential"], WRONG: ["namesake", "credential"]}
    return add_case(store, store.clock(), recipients=reasons, reasons=("namesake", "credential"), rules=("pin.en",))


def _end(store: Store, case_id: str, kind: str, **fates: dict[str, object]) -> None:
    with store.writing() as session:
        for row in session.exec(select(RecipientRow).where(RecipientRow.case_id == case_id)):
            for name, value in fates.get(row.address.partition("@")[0], {}).items():
                setattr(row, name, value)
            session.add(row)
        case = session.get(CaseRow, case_id)
        assert case is not None
        write_sender_notice(session, kind, case, at=store.clock())


def _letter(store: Store, settings: Settings) -> str:
    with store.reading() as session:
        notice = session.exec(select(NoticeRow)).one()
        facts = read_facts(session, notice.case_id or "")
    assert facts is not None
    return text_of(parsed(compose(notice, facts, settings)))


@pytest.mark.parametrize("language", get_args(Language))
def test_sent_to_some(store: Store, language: str) -> None:
    """Who has got it stands apart from who has not."""
    case_id = _case(store)
    _end(store, case_id, "released", right={"approved": True}, wrong={"approved": False})
    text, labels = _letter(store, _settings(language)), load_wording(language).words["labels"]
    assert f"{labels['recipients']}: " in text
    assert text.index(RIGHT) < text.index(f"{labels['not_sent_to']}: ") < text.index(WRONG)


@pytest.mark.parametrize("language", get_args(Language))
def test_sent_elsewhere_names_no_address_of_the_register(store: Store, language: str) -> None:
    """The sender learns that it went to the address on record, and not which that is."""
    case_id = _case(store)
    _end(store, case_id, "released", right={"approved": True}, wrong={"approved": True, "send_to": ON_RECORD})
    text, labels = _letter(store, _settings(language)), load_wording(language).words["labels"]
    assert ON_RECORD not in text
    assert text.index(RIGHT) < text.index(f"{labels['instead_of']}: ") < text.index(WRONG)


def test_undeliverable_names_whom_it_did_not_reach(store: Store) -> None:
    """And says that the others have got it."""
    case_id = _case(store)
    _end(store, case_id, "undeliverable", right={"approved": True}, wrong={"approved": True, "refused": True})
    text = _letter(store, _settings())
    assert WRONG in text
    assert RIGHT not in text
    assert "The other recipients have got it." in text


@pytest.mark.parametrize("language", get_args(Language))
def test_held_letter_teaches_one_line_for_each_kind(store: Store, language: str) -> None:
    """The lessons of the rules' wording, worst first: of the namesake, and of the PIN."""
    case_id = _case(store)
    _end(store, case_id, "held")
    text = _letter(store, _settings(language))
    words = Wording.load(rule_folders(_settings()), language)
    lessons = [words.say(f"lessons.{topic}") for topic in ("namesake", "credential_pin")]
    assert text.index(lessons[0]) < text.index(lessons[1])


def test_a_sender_without_a_login_gets_no_link(store: Store) -> None:
    """A page that they cannot open helps nobody; the deadline stands in the house's time zone."""
    case_id = _case(store)
    _end(store, case_id, "held")
    text = _letter(store, _settings())
    assert "https://" not in text
    assert "23 November 2026 11:00 EET" in text


async def test_the_whole_life_in_a_real_mailbox(store: Store, clock: TurnableClock) -> None:
    """Held, then rejected: two letters arrive under the null reverse-path, and look automatic to every program."""
    case_id = _case(store)
    _end(store, case_id, "held")
    async with mail_server(store, _settings()) as (worker, sink):
        assert await worker.run_once() == 1
        decide_case(store, case_id, "reject", timedelta(hours=1))
        _end(store, case_id, "rejected", right={"approved": False}, wrong={"approved": False})
        assert await worker.run_once() == 1
        held, rejected = letters_of(sink)
        assert all(message.mail.startswith(b"MAIL FROM:<>") for message in sink.messages)
    assert "held for approval" in str(held["Subject"])
    assert "was not sent" in str(rejected["Subject"])
    assert "because" in text_of(rejected)
    for letter in (held, rejected):
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["X-Mailguard-Notice"]
        assert letter["In-Reply-To"] == "<order-1@operator.example>"
