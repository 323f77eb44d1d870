"""Letters that come again: judged as if they were the first, however much is remembered of them."""

import csv
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mailguard.cases.judge import Judge
from mailguard.cases.rules import Rules
from mailguard.core.envelope import Envelope
from mailguard.core.errors import RegisterError
from mailguard.core.finding import FindingKind
from mailguard.core.verdict import ReasonCode, Verdict
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.detect.detector import Detector
from mailguard.detect.quiet import QuietMemory
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.known_files import file_memory
from mailguard.message.known_texts import BodyMemory, body_memory
from mailguard.namesake.known_contents import KnownContents
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy
from mailguard.store.store import Store
from tests.support.letters import SENDER, write_letter
from tests.support.pdf import lines, write_pdf

RULES = [Path(__file__).parents[2] / "rules"]
OFTEN = 30
"""Letters after which a register asks over connections of its own."""
PROSE = "The meter of the house was read by our people on the way to town.\n" * 20
LETTER = write_letter(f"Dear Anna Nowak,\n\nyour customer number is 40007.\n\n{PROSE}")
TO_ANNA, TO_ANOTHER = Envelope(SENDER, ("anna@post.example",)), Envelope(SENDER, ("a.nowak@other.example",))
Import = Callable[[str], None]


@pytest.fixture
def bodies() -> BodyMemory:
    """The judge's."""
    return body_memory()


@pytest.fixture
def judge(any_store: Store, bodies: BodyMemory) -> Judge:
    """The shipped rules, remembering, on an empty register."""
    return Judge(
        rules=_rules(RULES),
        register=Register(any_store.engine),
        internal_domains=["operator.example"],
        bodies=bodies,
    )


def _rules(folders: list[Path]) -> Rules:
    detector = Detector.load(folders, prove=False)
    return Rules(detector, IdentifierPatterns.load(folders), Policy.load(folders), QuietMemory(), KnownContents())


@pytest.fixture
def on_record(any_store: Store, tmp_path: Path) -> Import:
    """Function: puts Anna Nowak on record at an address."""

    def put(address: str) -> None:
        file = tmp_path / "customers.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(["customer_id", "first_name", "last_name", "emails"])
            rows.writerow(["40007", "Anna", "Nowak", address])
        import_customers(any_store.engine, file, {}, lambda done, total: None)

    return put


def test_who_comes_on_record_is_known_to_the_next_letter(judge: Judge, on_record: Import) -> None:
    """The same letter passes while it is about nobody, and is held as soon as it is about somebody else."""
    assert {judge.judge(TO_ANOTHER, LETTER).verdict for _ in range(OFTEN)} == {Verdict.PASS}
    on_record("anna@post.example")
    assert judge.judge(TO_ANOTHER, LETTER).verdict is Verdict.HOLD
    assert judge.judge(TO_ANNA, LETTER).verdict is Verdict.PASS


def test_an_address_that_is_exchanged_counts_at_once(judge: Judge, on_record: Import) -> None:
    """A recipient is compared with the record as it stands, though everything else of the letter is known."""
    on_record("anna@post.example")
    assert {judge.judge(TO_ANNA, LETTER).verdict for _ in range(OFTEN)} == {Verdict.PASS}
    on_record("a.nowak@other.example")
    assert judge.judge(TO_ANNA, LETTER).verdict is Verdict.HOLD


def test_each_reader_of_one_letter_is_looked_at(judge: Judge, on_record: Import) -> None:
    """To one it passes, to the other it is held, in any order and however often."""
    on_record("anna@post.example")
    told = [judge.judge(envelope, LETTER).verdict for envelope in (TO_ANNA, TO_ANOTHER) * OFTEN]
    assert told == [Verdict.PASS, Verdict.HOLD] * OFTEN


def test_new_rules_look_through_what_the_old_ones_knew(judge: Judge, tmp_path: Path) -> None:
    """A pack that comes while the guard serves finds its word in a letter that has passed for weeks."""
    assert {judge.judge(TO_ANNA, LETTER).verdict for _ in range(OFTEN)} == {Verdict.PASS}
    (tmp_path / "own.yaml").write_text(
        "rules:\n- id: own.meter\n  kind: api_key\n  languages: [any]\n  description: the word\n"
        "  keywords: [meter]\n  pattern: 'the (?P<value>meter) of the house'\n"
        "  match: ['the meter of the house']\n  nomatch: ['the house']\n",
        encoding="utf-8",
    )
    judge.rules = _rules([*RULES, tmp_path])
    assert [finding.rule for finding in judge.judge(TO_ANNA, LETTER).findings][:1] == ["own.meter"]


def test_a_secret_is_found_every_time_and_kept_nowhere(judge: Judge, bodies: BodyMemory) -> None:
    """A letter with a password is held each time that it comes, and no memory has a word of it afterwards."""
    told = write_letter(f"Dear Anna Nowak,\n\nyour password is Marjapuuro83.\n\n{PROSE}")
    headed = LETTER.replace(b"Subject: ", b"Subject: Your password: Marjapuuro83 ", 1)
    for raw in (told, headed) * OFTEN:
        judgement = judge.judge(TO_ANNA, raw)
        assert judgement.verdict is Verdict.HOLD
        assert {finding.kind for finding in judgement.findings} == {FindingKind.PASSWORD}
    rules = judge.rules
    kept = (bodies, rules.quiet.values, rules.quiet.people, rules.contents._known)
    assert not any("marjapuuro83" in repr(vars(memory._kept)).lower() for memory in kept)
    judge.judge(TO_ANNA, LETTER)
    judge.judge(TO_ANNA, LETTER)
    assert "meter of the house" in repr(vars(bodies._kept))


def test_files_of_a_letter_with_a_secret_are_kept_nowhere(any_store: Store) -> None:
    """Neither the one that has it nor the terms beside it; the terms with a clean letter are kept."""
    terms = ("terms.pdf", write_pdf([lines("Terms of delivery")]))
    sim = ("sim.pdf", write_pdf([lines("Your PIN code is 4826.")]))
    files = file_memory()
    with ExtractionPool(1) as pool:
        judge = Judge(
            rules=_rules(RULES),
            register=Register(any_store.engine),
            internal_domains=["operator.example"],
            extractor=pool,
            files=files,
        )
        for _ in range(3):
            assert judge.judge(TO_ANNA, _with_files(sim, terms)).verdict is Verdict.HOLD
        assert "Terms of delivery" not in repr(vars(files._kept))
        for _ in range(3):
            assert judge.judge(TO_ANNA, _with_files(terms)).verdict is Verdict.PASS
    kept = repr(vars(files._kept))
    assert "Terms of delivery" in kept
    assert "4826" not in kept


def _with_files(*files: tuple[str, bytes]) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, "anna@post.example", "Papers"
    message.set_content("Dear Anna,\n\nthe papers are with this letter.\n")
    for name, data in files:
        message.add_attachment(data, "application", "pdf", filename=name)
    return message.as_bytes()


def test_a_register_that_is_away_lets_nothing_pass_from_memory(judge: Judge, any_store: Store) -> None:
    """A letter that was judged before must wait like any other."""
    for _ in range(OFTEN):
        judge.judge(TO_ANNA, LETTER)
    with any_store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE customers RENAME TO elsewhere")
    with pytest.raises(RegisterError):
        judge.judge(TO_ANNA, LETTER)


def test_what_cannot_be_read_is_held_each_time(judge: Judge) -> None:
    """Trouble in reading is no part of what is remembered."""
    raw = write_letter(f"{PROSE}\n-----BEGIN PGP MESSAGE-----\n\nhQEMA1\n-----END PGP MESSAGE-----\n")
    codes = [[reason.code for reason in judge.judge(TO_ANNA, raw).reasons] for _ in range(5)]
    assert codes == [[ReasonCode.ENCRYPTED]] * 5
