"""The journal and what is found in it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from mailguard.cases.awaiting.claim import claim_unread
from mailguard.cases.awaiting.conclude import Sent, end_unread, send_again, try_again
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.cases.deciding.decide import decide
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.customer import Customer
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import InputError
from mailguard.core.person import Role
from mailguard.core.relation import Identified
from mailguard.incidents.tracing.describe import csv_rows, describe_trace
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, prune_journal, tag_subject, write_lines
from mailguard.incidents.tracing.trace import Subject, Wanted, read_wanted, trace
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.journal import JournalCustomerRow, JournalRecipientRow
from tests.conftest import TurnableClock
from tests.desk.small_register import bring_in
from tests.support.letters import CUSTOMER, SENDER, hold_letter, judgement_of, write_letter

NAMESAKE = "m.virtanen@mail.example"


def line(store: Store, number: int = 1, **values: object) -> JournalLine:
    """A message that passed."""
    made = JournalLine(
        id=f"ABCDEFGH222{number + 1}",
        at=store.clock() + timedelta(seconds=number),
        reverse_path=SENDER,
        recipients=(JournalRecipient(CUSTOMER, "on_record"),),
        fate="passed",
        answer="250 2.0.0 Ok: queued",
        size=2000,
        message_id=f"<order-{number}@operator.example>",
        customers=("1001",),
    )
    return replace(made, **values)  # type: ignore[arg-type]


def test_everything_about_an_address_is_found_however_it_is_spelt(any_store: Store) -> None:
    """Sent to it and from it, newest first; another address finds nothing of it."""
    answer = line(any_store, 3, reverse_path="Matti.Virtanen+shop@POST.example", recipients=(JournalRecipient(SENDER),))
    other = line(any_store, 2, recipients=(JournalRecipient(NAMESAKE, "namesake"),))
    write_lines(any_store, [line(any_store, 1), other, answer])
    found = trace(any_store, Wanted(Subject.ADDRESS, "MATTI.virtanen@post.example"))
    assert [message.id for message in found.messages] == ["ABCDEFGH2224", "ABCDEFGH2222"]
    assert (found.total, found.next) == (2, None)
    assert (found.first_at, found.last_at) == (line(any_store, 1).at, answer.at)
    (about_other,) = trace(any_store, Wanted(Subject.ADDRESS, NAMESAKE)).messages
    assert about_other.recipients == (JournalRecipient(NAMESAKE, "namesake"),)
    assert about_other.has_gone
    assert trace(any_store, Wanted(Subject.ADDRESS, "nobody@post.example")).messages == ()


def test_a_letter_sent_to_the_address_on_record_instead(any_store: Store, tmp_path: Path) -> None:
    """It is found by the address that got it."""
    bring_in(any_store, tmp_path)
    sofia = people.add_user(any_store, "sofia", email="sofia@x.example", role=Role.SUPERVISOR, password=None)
    about = (Identified(Customer("1001", "Mikko", "Virtanen"), ("customer_id_label",)),)
    case_id, right = hold_letter(any_store, recipients=(NAMESAKE,), customers=about), "virtanen.mikko@post.example"
    write_lines(any_store, [line(any_store, fate="held", case_id=case_id, recipients=(JournalRecipient(NAMESAKE),))])
    decide(any_store, case_id, Decision(Action.APPROVE, "", (), send_to_record=((NAMESAKE, right),)), sofia)
    job = claim(any_store, any_store.clock())
    assert job is not None
    for _ in range(2):
        settle(any_store, job, {right: Answer(250, ("Ok",))}, any_store.clock())
    (found,) = trace(any_store, Wanted(Subject.ADDRESS, right)).messages
    assert found.recipients == (JournalRecipient(NAMESAKE), JournalRecipient(right, "on_record"))


def test_a_customer_and_one_message_are_found_by_number_and_by_any_id(any_store: Store) -> None:
    """The customer's number; Message-ID with and without brackets; our id; the case's id, in small letters too."""
    case_id = hold_letter(any_store)
    held = line(any_store, 2, fate="held", case_id=case_id, customers=("1001", "2044"))
    write_lines(any_store, [line(any_store, 1), held])
    assert trace(any_store, Wanted(Subject.CUSTOMER, "1001")).total == 2
    assert [message.customers for message in trace(any_store, Wanted(Subject.CUSTOMER, "2044")).messages] == [
        ("1001", "2044")
    ]
    for text in ("<order-2@operator.example>", "order-2@operator.example", "abcdefgh2223", case_id.lower()):
        (found,) = trace(any_store, read_wanted(text)).messages
        assert (found.id, found.case_id, found.case_state) == ("ABCDEFGH2223", case_id, CaseState.HELD)
        assert not found.has_gone
    with pytest.raises(InputError):
        read_wanted("  ")


def test_what_waits_to_be_read_is_found(any_store: Store, clock: TurnableClock) -> None:
    """By all that finds it later, with what keeps it and who has it already; no column of its content is looked at."""
    raw = write_letter("Hei,\n\nsalasanasi on Kesaranta77\n")
    about = (Identified(Customer("1001", "Matti", "Virtanen"), ("customer_id_label",)),)
    judgement = judgement_of(raw, (CUSTOMER, NAMESAKE), "Kesaranta77", customers=about)
    envelope = Envelope(SENDER, (CUSTOMER, NAMESAKE), Client("192.0.2.7", login="mira"), message_id="7K4M92QTC3VE")
    since = clock()
    case_id = keep_unread(any_store, envelope, raw, judgement)
    assert judgement.letter is not None
    field = judgement.letter.message_id
    texts = (NAMESAKE.upper(), SENDER, "1001", field, field.strip("<>"), "7k4m92qtc3ve", case_id.lower())
    for text in texts:
        found = trace(any_store, read_wanted(text))
        assert (found.total, found.unread_total, found.found) == (0, 1, 1)
        assert [(one.case_id, one.received_at, one.tries, one.problem) for one in found.unread] == [
            (case_id, since, 0, "")
        ]
    for text in ("nobody@post.example", "1002", "7K4M92QTC3VF", "MG-7K4M-92QV"):
        assert trace(any_store, read_wanted(text)).found == 0
    wanted = Wanted(Subject.MESSAGE, case_id)
    assert trace(any_store, wanted, until=since).found == 0
    assert trace(any_store, wanted, since=since + timedelta(seconds=1)).found == 0
    assert trace(any_store, wanted, before=1).found == 0
    job = claim_unread(any_store, clock())
    assert job is not None
    send_again(any_store, job, Sent((NAMESAKE,), (), "451 4.2.0 =later", "250 2.0.0 Ok"), clock())
    (one,) = describe_trace(trace(any_store, wanted))["unread"]
    assert one == {
        "id": "7K4M92QTC3VE",
        "at": since.isoformat(),
        "fate": "awaiting reading",
        "gone": True,
        "sender": SENDER,
        "recipients": [{"address": CUSTOMER, "gone": True}, {"address": NAMESAKE, "gone": False}],
        "customers": ["1001"],
        "size": len(raw),
        "client": "192.0.2.7",
        "login": "mira",
        "message_id": field,
        "case": case_id,
        "tries": 1,
        "problem": "451 4.2.0 =later",
        "due_at": (since + timedelta(seconds=30)).isoformat(),
    }
    (row,) = csv_rows(trace(any_store, wanted))
    assert (row[1], row[2], row[10], row[12]) == ("awaiting reading", "yes", case_id, "451 4.2.0 =later")


def test_what_was_read_is_found_by_the_case_that_its_client_was_told(any_store: Store, clock: TurnableClock) -> None:
    """Passed on since, it has no case: the journal's line is found by the letters that the id of the case has of ours.

    Of two that were kept, the other one is not found; nor is anything by what is no case id.
    """
    for letters in ("7K4M92QTC3VE", "7K4M92QVC3VE"):
        keep_unread(any_store, Envelope(SENDER, (CUSTOMER,), message_id=letters), b"Subject: a\r\n\r\nb\r\n")
        job = claim_unread(any_store, clock())
        assert job is not None
        try_again(any_store, job, "no route", clock())
        clock.turn(minutes=1)
        job = claim_unread(any_store, clock())
        assert job is not None
        end_unread(any_store, job, passed=job.remaining, answer="250 2.0.0 Ok")
        write_lines(any_store, [line(any_store, id=letters)])
    found = trace(any_store, read_wanted("mg-7k4m-92qt"))
    assert ([(one.id, one.fate, one.case_id) for one in found.messages], found.unread) == (
        [("7K4M92QTC3VE", "passed", None)],
        (),
    )
    for text in ("MG-7K4M-92Q", "MG-7K4M92QT", "MG-7K4M-9%%%", "MG-", "MG-7K4M-92QW"):
        assert trace(any_store, Wanted(Subject.MESSAGE, text)).found == 0


def test_days_and_pages(any_store: Store) -> None:
    """From a moment on, until before another; page behind page, each message once."""
    write_lines(any_store, [line(any_store, number) for number in range(1, 8)])
    wanted, start = Wanted(Subject.CUSTOMER, "1001"), any_store.clock()
    between = trace(any_store, wanted, since=start + timedelta(seconds=2), until=start + timedelta(seconds=5))
    assert [message.id[-1] for message in between.messages] == ["5", "4", "3"]
    seen, before = [], None
    while True:
        page = trace(any_store, wanted, before=before, limit=3)
        seen += [message.id[-1] for message in page.messages]
        assert page.total == 7
        if (before := page.next) is None:
            break
    assert seen == list("8765432")


def test_hostile_words_are_kept_and_never_become_formulas(any_store: Store) -> None:
    """NUL, lone surrogates and formulas of a spreadsheet in what a stranger may name."""
    odd = line(any_store, reverse_path="=cmd|x\0\ud800@evil.example", message_id="<=1+1@evil.example>" + "x" * 900)
    write_lines(any_store, [odd])
    found = trace(any_store, Wanted(Subject.CUSTOMER, "1001"))
    (row,) = csv_rows(found)
    assert row[3].startswith("'=")
    assert len(found.messages[0].message_id) == 500
    assert describe_trace(found)["messages"][0]["sender"].endswith("@evil.example")


def test_old_lines_go_with_what_belongs_to_them(any_store: Store, clock: TurnableClock) -> None:
    """After so many days; younger ones stay."""
    write_lines(any_store, [line(any_store, number) for number in (1, 2)])
    clock.turn(days=10)
    young = line(any_store, 3)
    write_lines(any_store, [young])
    assert prune_journal(any_store, 9) == 2
    assert prune_journal(any_store, 9) == 0
    assert [message.id for message in trace(any_store, Wanted(Subject.CUSTOMER, "1001")).messages] == [young.id]
    with any_store.reading() as session:
        assert len(session.exec(select(JournalRecipientRow)).all()) == 1
        assert len(session.exec(select(JournalCustomerRow)).all()) == 1


def test_a_subject_is_known_by_its_digest_alone() -> None:
    """Letters' case and blanks do not matter; without the key nobody can try subjects out."""
    first, same, other = (tag_subject(text, b"k" * 32) for text in ("Your  Order 7", "your order 7", "Your order 8"))
    assert first == same != other
    assert first != tag_subject("your order 7", b"o" * 32)
    assert tag_subject("  ", b"k" * 32) == ""
