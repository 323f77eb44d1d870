"""Letters about a report: link and code for its reader, numbers for the staff, nothing of a customer for anybody."""

from typing import get_args

import pytest
from sqlmodel import select

from mailguard.core.person import Person, Role
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.incidents.reports.answering import answer, read_report_letter
from mailguard.incidents.reports.intake import Submission, take_submission
from mailguard.incidents.reports.report import Channel
from mailguard.incidents.reports.triage import ask_reporter
from mailguard.notices.send import NoticeWorker
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.incidents.reports.test_reports import passed
from tests.notices.outbox import parsed
from tests.notices.test_compose import body
from tests.notices.test_send import NextHop

READER = "m.virtanen@mail.example"
SETTINGS = Settings(
    notices={"from_address": "guard@operator.example"},
    desk={"public_url": "https://desk.operator.example/"},
    incidents={"organisation": "Operator <Oy>", "contact": "dpo@operator.example\r\nBcc: x@y.example"},
)
OLLI = Person(1, "olli", "olli@operator.example", Role.OPS)


@pytest.mark.parametrize("language", get_args(Language))
async def test_the_letters_of_a_report(store: Store, language: str) -> None:
    """Code, request and question lead to one page with one code; the staff's letter names no reader."""
    add_user(store, "olli", email=OLLI.email, role=Role.OPS, password=None)
    passed(store, 1, "C-1001")
    said = Submission(READER, "My own words", Channel.PAGE, language, network="192.0.2.1")
    take_submission(store, SETTINGS, said)
    hop = NextHop()
    worker = NoticeWorker(store, hop, SETTINGS, store.clock)
    await worker.run_once()
    with store.reading() as session:
        letter = read_report_letter(session, store, 1)
    assert letter
    answer(store, letter.link.reveal(), letter.code.reveal())
    ask_reporter(store, 1, "Which day\nwas it? <b>&", OLLI)
    assert await worker.run_once() == 3
    kinds = {}
    for envelope, raw in hop.taken:
        message = parsed(raw)
        kinds[message["X-Mailguard-Notice"]] = (envelope, message, f"{body(message, 'plain')}\n{body(message, 'html')}")
    assert set(kinds) == {"report_code", "report_deletion", "report_question", "reader_report"}
    for kind, (envelope, message, text) in kinds.items():
        assert (envelope.reverse_path, message["Auto-Submitted"]) == ("", "auto-generated")
        assert "C-1001" not in text
        assert "My own words" not in text
        assert message["Bcc"] is None
        if kind == "reader_report":
            assert message["To"] == OLLI.email
            assert READER not in text
            assert "https://desk.operator.example/leak-reports/1" in text
            continue
        assert envelope.recipients == (READER,)
        assert f"https://desk.operator.example/report-a-letter/{letter.link.reveal()}\n" in text
        assert letter.code.reveal() in text
        assert "Operator <Oy>" in text
    assert "Which day was it? <b>&" in kinds["report_question"][2]
    assert "dpo@operator.example" in kinds["report_deletion"][2]


async def test_a_code_is_not_sent_after_the_proof(store: Store) -> None:
    """Who wrote twice and used the first letter gets no second one."""
    for _ in range(2):
        take_submission(store, SETTINGS, Submission(READER, "", Channel.PAGE, "en", network="192.0.2.1"))
    with store.reading() as session:
        letter = read_report_letter(session, store, 1)
    assert letter
    answer(store, letter.link.reveal(), letter.code.reveal())
    hop = NextHop()
    await NoticeWorker(store, hop, SETTINGS, store.clock).run_once()
    assert [parsed(raw)["X-Mailguard-Notice"] for _, raw in hop.taken] == ["report_deletion"]
    with store.reading() as session:
        sent = session.exec(select(NoticeRow.last_answer).where(NoticeRow.kind == "report_code")).all()
    assert sent == ["not sent: the address is proved already"] * 2
