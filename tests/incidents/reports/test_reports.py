"""What wrong readers report: nothing follows without the code, and everything with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from mailguard.core.errors import AlreadyDecided, BadDecision, CannotAsk, NoSuchReport, NotYours
from mailguard.core.person import Person, Role
from mailguard.core.settings import Settings, StoreSettings
from mailguard.customers.disputes import list_disputes
from mailguard.customers.importing import import_customers
from mailguard.incidents.breaches.register import read_breach
from mailguard.incidents.reports.answering import Outcome, ReportLetter, answer, find_by_link, read_report_letter
from mailguard.incidents.reports.intake import Submission, Taken, take_submission
from mailguard.incidents.reports.limits import (
    MOST_A_DAY_PER_ADDRESS,
    MOST_AN_HOUR,
    MOST_AN_HOUR_BY_MAIL,
    MOST_AN_HOUR_PER_NETWORK,
)
from mailguard.incidents.reports.report import Channel, Deletion, Report, ReportState, list_reports, read_report
from mailguard.incidents.reports.retention import prune_reports
from mailguard.incidents.reports.triage import ask_reporter, dismiss_report, open_breach_from, report_leak
from mailguard.incidents.reports.words import MOST_TIMES, open_words
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.store import people
from mailguard.store.keys.rotation import rotate
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.breaches import BreachRow
from mailguard.store.tables.outbox import NoticeRow
from mailguard.store.tables.reader_reports import ReaderReportRow, ReaderWordsRow
from tests.conftest import TurnableClock
from tests.customers.conftest import HEADER

READER = "m.virtanen@mail.example"
SETTINGS = Settings(
    notices={"from_address": "guard@operator.example"},
    incidents={"address": "privacy@operator.example", "public_page": True},
    register={"internal_domains": ["operator.example"]},
)
SOFIA = Person(1, "sofia", "sofia@operator.example", Role.SUPERVISOR)
AINO = Person(2, "aino", "aino@operator.example", Role.AUDITOR)


def say(store: Store, address: str = READER, **said: str) -> Taken:
    """A submission on the page."""
    values = {"words": "Not mine.", "language": "fi", "network": "192.0.2.1"} | said
    channel = Channel(values.pop("channel", "page"))
    return take_submission(store, SETTINGS, Submission(address=address, channel=channel, **values))


def letter_of(store: Store, number: int = 1) -> ReportLetter:
    """What its letter says."""
    with store.reading() as session:
        letter = read_report_letter(session, store, number)
    assert letter
    return letter


def reply(store: Store, number: int = 1, **values: object) -> Outcome:
    """The reader's form, with link and code."""
    letter = letter_of(store, number)
    return answer(store, letter.link.reveal(), letter.code.reveal(), **values)  # type: ignore[arg-type]


def report(store: Store, number: int = 1) -> Report:
    """As it stands."""
    with store.reading() as session:
        return read_report(session, number)


def letters(store: Store, kind: str = "report_code") -> int:
    """How many of a kind are in the outbox."""
    with store.reading() as session:
        return session.exec(select(func.count()).where(NoticeRow.kind == kind)).one()


def disputes(session: Session) -> set[tuple[str, str | None]]:
    """Addresses and customers."""
    return {(one.address, one.customer_id) for one in list_disputes(session, limit=None)}


def register(store: Store, folder: Path, *rows: tuple[str, str, str]) -> None:
    """Customers with an address each, confirmed or not."""
    file = folder / "customers.csv"
    lines = [f"{number},Matti,Virtanen,,{address},,,,,,FI,,,{sure}" for number, address, sure in rows]
    file.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    import_customers(store.engine, file, {}, lambda done, total: None)


def passed(store: Store, number: int, customer: str, **values: object) -> None:
    """A letter about a customer has gone to the reader."""
    line = {
        "id": f"ABCDEFGH22{number:02}",
        "at": store.clock() - timedelta(days=number),
        "reverse_path": "anna@operator.example",
        "recipients": (JournalRecipient(READER, "on_record"),),
        "fate": "passed",
        "answer": "250 2.0.0 Ok",
        "size": 2000,
        "customers": (customer,),
        "kinds": ("password",),
        "message_id": f"<order-{number}@operator.example>",
    }
    write_lines(store, [JournalLine(**line | values)])  # type: ignore[arg-type]


def test_the_proof_disputes_traces_and_opens(any_store: Store, tmp_path: Path) -> None:
    """Both papers are traced, the pairs disputed, the breach is open with what is known, and the letters are out."""
    people.add_user(any_store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None)
    people.add_user(any_store, "aino", email="aino@operator.example", role=Role.AUDITOR, password=None)
    register(any_store, tmp_path, ("1001", READER, "no"), ("1002", "other@mail.example", "no"))
    passed(any_store, 1, "1001")
    passed(any_store, 2, "1001")
    passed(any_store, 3, "1002", recipients=(JournalRecipient("other@mail.example"),))
    passed(any_store, 4, "1003", fate="held")
    assert say(any_store) is Taken.LETTER
    with any_store.reading() as session:
        assert disputes(session) == set()
    assert reply(any_store) is Outcome.PROVED
    with any_store.reading() as session:
        assert disputes(session) == {(READER, "1001")}
        found = report(any_store)
        assert found.breach_id
        breach, _ = read_breach(session, found.breach_id)
    assert (found.state, found.traced["total"], found.traced["customers"]) == (ReportState.OPENED, 2, ["1001"])
    assert "password" not in str(found.traced)
    assert (breach.report_id, breach.origin.value, breach.facts.customers) == (1, "report", ("1001",))
    assert (breach.facts.records, breach.facts.secrets_included) == (2, True)
    assert breach.facts.addresses == (READER,)
    assert breach.facts.aware_at == any_store.clock()
    assert READER not in breach.facts.title
    assert (letters(any_store, "report_deletion"), letters(any_store, "reader_report")) == (1, 1)
    with any_store.reading() as session:
        acts = [row.act for row in session.exec(select(AuditRow).order_by(AuditRow.seq))]  # type: ignore[arg-type]
    assert [
        act for act in ("report received", "address disputed", "report proved", "breach opened") if act in acts
    ] == ["report received", "address disputed", "report proved", "breach opened"]


def test_a_confirmed_address_is_disputed_only_for_the_letter_that_is_named(any_store: Store, tmp_path: Path) -> None:
    """A reader who is a customer too keeps their own letters; one that they name is somebody else's from now on."""
    register(any_store, tmp_path, ("1001", READER, "yes"), ("1002", "m@mail.example", "no"))
    passed(any_store, 1, "1001")
    passed(any_store, 2, "1002")
    say(any_store)
    reply(any_store)
    with any_store.reading() as session:
        assert disputes(session) == {(READER, "1002")}
    say(any_store, message_ref="order-1@operator.example")
    reply(any_store, 2)
    with any_store.reading() as session:
        assert disputes(session) == {(READER, "1001"), (READER, "1002")}
    assert report(any_store, 2).breach_id == report(any_store, 1).breach_id


def test_an_address_that_nobody_knows_opens_nothing(store: Store) -> None:
    """Anybody can prove an address of their own: the register of breaches is not filled with that."""
    say(store)
    assert reply(store) is Outcome.PROVED
    found = report(store)
    assert (found.state, found.breach_id, found.traced["total"]) == (ReportState.PROVED, None, 0)
    assert letters(store, "report_deletion") == 1
    with store.reading() as session:
        assert disputes(session) == set()


def test_a_colleague_or_partner_cannot_have_all_customers_held(store: Store) -> None:
    """Letters to one's own house are about everybody: no pair of theirs is disputed."""
    passed(store, 1, "1001", recipients=(JournalRecipient(READER, "partner"),))
    say(store)
    reply(store)
    with store.reading() as session:
        assert disputes(session) == set()


def test_without_the_code_nothing_changes_and_five_guesses_end_it(any_store: Store) -> None:
    """What has not the form of a code is not counted; the fifth wrong one closes the link for the right one too."""
    say(any_store)
    letter = letter_of(any_store)
    link, code = letter.link.reveal(), letter.code.reveal()
    wrong = ("3" if code[0] == "2" else "2") + code[1:]
    for junk in ("", "test", "1" * 8, "\0" * 8, "x" * 10_000):
        assert answer(any_store, link, junk) is Outcome.WRONG
    with any_store.reading() as session:
        assert session.exec(select(ReaderReportRow.tries)).one() == 0
    for _ in range(5):
        assert answer(any_store, link, wrong) is Outcome.WRONG
    assert answer(any_store, link, code) is Outcome.WRONG
    assert answer(any_store, "made up", code) is Outcome.WRONG
    assert report(any_store).state is ReportState.UNPROVED


def test_time_ends_a_code(store: Store, clock: TurnableClock) -> None:
    """A week for the proof, ninety days for what follows."""
    say(store)
    letter = letter_of(store)
    clock.turn(days=8)
    assert answer(store, letter.link.reveal(), letter.code.reveal()) is Outcome.WRONG
    say(store)
    reply(store, 2)
    clock.turn(days=89)
    assert reply(store, 2, deletion=Deletion.NOT_YET) is Outcome.ANSWERED
    clock.turn(days=2)
    with store.reading() as session:
        assert read_report_letter(session, store, 2) is None
        assert find_by_link(session, letter.link.reveal(), store.clock()) is None


def test_the_answer_on_deletion_and_further_words_are_kept(any_store: Store) -> None:
    """Not yet, then deleted: the last word counts, and both are in the audit trail."""
    say(any_store, words="Kirje ei ollut minulle.")
    reply(any_store)
    assert reply(any_store, deletion=Deletion.NOT_YET) is Outcome.ANSWERED
    assert reply(any_store, deletion=Deletion.DELETED, words="Poistettu \ud800 eilen") is Outcome.ANSWERED
    assert report(any_store).deletion_answer is Deletion.DELETED
    with any_store.reading() as session:
        told = session.exec(select(AuditRow).where(AuditRow.act == "deletion answered")).all()
    assert [row.details["answer"] for row in told] == ["not_yet", "deleted"]
    assert [each.text for each in open_words(any_store, 1, SOFIA)] == ["Kirje ei ollut minulle.", "Poistettu ? eilen"]


def test_words_are_sealed_and_open_after_an_exchange_of_keys(any_store: Store) -> None:
    """Nothing of them is readable in the table; who opened them stands in the audit trail; auditors do not."""
    say(any_store, words="a secret in the words")
    letter = letter_of(any_store)
    with any_store.reading() as session:
        assert b"secret" not in session.exec(select(ReaderWordsRow)).one().sealed
    rotate(any_store, "adam", lambda done, total: None, node="here")
    assert letter_of(any_store) == letter
    say(any_store, words="after")
    assert [each.text for each in open_words(any_store, 1, SOFIA)] == ["a secret in the words", "after"]
    with any_store.reading() as session:
        (opened,) = session.exec(select(AuditRow).where(AuditRow.act == "report words opened"))
    assert (opened.actor, opened.details["report"]) == ("sofia", 1)
    with pytest.raises(NotYours):
        open_words(any_store, 1, AINO)
    with pytest.raises(NoSuchReport):
        open_words(any_store, 7, SOFIA)


def test_floods_send_the_allowed_letters(any_store: Store, clock: TurnableClock) -> None:
    """For one address three a day from wherever, in one report; from one network ten an hour; in all a hundred."""
    for number in range(60):
        say(any_store, network=f"198.51.100.{number}")
    assert letters(any_store) == MOST_A_DAY_PER_ADDRESS
    with any_store.reading() as session:
        assert session.exec(select(func.count()).select_from(ReaderReportRow)).one() == 1
        assert session.exec(select(func.count()).select_from(ReaderWordsRow)).one() <= MOST_TIMES
    for number in range(60):
        say(any_store, f"reader{number}@mail.example", network="203.0.113.5")
    assert letters(any_store) == MOST_A_DAY_PER_ADDRESS + MOST_AN_HOUR_PER_NETWORK
    outcomes = [say(any_store, f"one{n}@mail.example", network=f"2001:db8::{n:x}") for n in range(150)]
    assert letters(any_store) == MOST_AN_HOUR
    assert outcomes[-1] is Taken.LATER
    clock.turn(hours=1, seconds=1)
    assert say(any_store, "late@mail.example") is Taken.LETTER
    assert say(any_store) is Taken.QUIETLY
    clock.turn(days=1)
    assert say(any_store) is Taken.LETTER


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a b@x.example",
        "a@x.example, b@x.example",
        "a@localhost",
        "guard@operator.example",
        "privacy@operator.example",
        "a@x.example\r\nBcc: b@x.example",
        "=?utf-8?q?a?=@x.example",
        "x" * 300 + "@x.example",
        "\0@x.example",
    ],
)
def test_odd_addresses_and_our_own_are_never_written_to(store: Store, address: str) -> None:
    """No row, no letter, and the same friendly outcome."""
    assert say(store, address) is Taken.QUIETLY
    assert list_reports(store) == []
    assert letters(store) == 0


def test_mail_makes_one_letter_and_goes_on_with_a_proved_report(store: Store) -> None:
    """A mail's sender is a claim: one letter for it; once proved, their mail is added to the report without another."""
    for _ in range(3):
        say(store, channel="mailbox", network="")
    assert letters(store) == 1
    reply(store)
    say(store, channel="mailbox", network="", words="Here is more.")
    assert (letters(store), len(list_reports(store))) == (1, 1)
    assert open_words(store, 1, SOFIA)[-1].text == "Here is more."


def test_mail_under_made_up_names_is_bounded(store: Store) -> None:
    """Thirty letters an hour for mail, and the page goes on."""
    for number in range(60):
        say(store, f"made-up-{number}@mail.example", channel="mailbox", network="")
    assert letters(store) == MOST_AN_HOUR_BY_MAIL
    assert say(store) is Taken.LETTER


def test_racing_proofs_are_one(any_store: Store) -> None:
    """Four forms at once: one proves, one breach, each pair disputed once; the letter goes out once."""
    passed(any_store, 1, "1001")
    say(any_store)
    letter = letter_of(any_store)
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(answer, any_store, letter.link.reveal(), letter.code.reveal()) for _ in range(4)]
    assert sorted(one.result() for one in tries) == [*[Outcome.ANSWERED] * 3, Outcome.PROVED]
    with any_store.reading() as session:
        assert len(list_disputes(session)) == 1
        assert session.exec(select(func.count()).select_from(BreachRow)).one() == 1
    assert letters(any_store, "report_deletion") == 1


def test_racing_submissions_keep_to_the_limits(any_store: Store) -> None:
    """Twenty at once for one address, from as many networks: three letters, one report."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: say(any_store, network=f"192.0.2.{n}"), range(20)))
    assert (letters(any_store), len(list_reports(any_store))) == (MOST_A_DAY_PER_ADDRESS, 1)


def test_staff_report_and_triage(any_store: Store) -> None:
    """Anybody of the staff reports; supervisors, ops and admins ask, open, dismiss; each once, with a reason."""
    passed(any_store, 1, "1001")
    number = report_leak(any_store, SETTINGS, AINO, "The list went to the wrong Virtanen.", READER)
    assert (report(any_store).by, report(any_store).traced["total"]) == ("aino", 1)
    assert letters(any_store, "report_code") == 0
    with any_store.reading() as session:
        assert disputes(session) == set()
    with pytest.raises(NotYours):
        dismiss_report(any_store, number, "no leak", AINO)
    assert ask_reporter(any_store, number, "Which list?", SOFIA).question == "Which list?"
    with pytest.raises(CannotAsk):
        ask_reporter(any_store, number, "And when?", SOFIA)
    assert reply(any_store, words="The one of May.") is Outcome.ANSWERED
    opened = open_breach_from(any_store, number, SOFIA)
    with any_store.reading() as session:
        assert read_breach(session, opened.breach_id or "")[0].facts.customers == ("1001",)
    with pytest.raises(AlreadyDecided):
        open_breach_from(any_store, number, SOFIA)
    with pytest.raises(AlreadyDecided):
        dismiss_report(any_store, number, "x", SOFIA)
    with pytest.raises(BadDecision):
        report_leak(any_store, SETTINGS, AINO, "  ")
    other = report_leak(any_store, SETTINGS, AINO, "Nothing, I think.")
    with pytest.raises(BadDecision):
        dismiss_report(any_store, other, " ", SOFIA)
    assert dismiss_report(any_store, other, "nothing left", SOFIA).state is ReportState.DISMISSED
    say(any_store)
    with pytest.raises(CannotAsk):
        ask_reporter(any_store, 3, "Who are you?", SOFIA)


def test_reports_end_with_their_words(any_store: Store, clock: TurnableClock) -> None:
    """Unproved ones after a month, all others after `metadata_days`."""
    say(any_store, "somebody@mail.example")
    say(any_store)
    reply(any_store, 2)
    clock.turn(days=31)
    assert prune_reports(any_store, StoreSettings()) == 1
    assert [one.id for one in list_reports(any_store)] == [2]
    clock.turn(days=730)
    assert prune_reports(any_store, StoreSettings()) == 1
    with any_store.reading() as session:
        assert session.exec(select(func.count()).select_from(ReaderWordsRow)).one() == 0
