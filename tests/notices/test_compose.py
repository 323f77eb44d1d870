"""Letters: every kind in every language, parsed back from their bytes."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from mailguard.core.case import CaseState
from mailguard.core.errors import ConfigError, InputError, OddAddress
from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.core.verdict import ReasonCode
from mailguard.notices.compose import TO_SENDER, compose
from mailguard.notices.facts import CaseFacts
from mailguard.notices.letter import format_moment
from mailguard.notices.troubles.letter import TOPICS
from mailguard.notices.wording import TEMPLATES, load_wording
from mailguard.store.tables.outbox import NoticeRow
from tests.notices.outbox import parsed

LANGUAGES = get_args(Language)
KINDS = (
    "held",
    "to_review",
    "reminder",
    "escalation",
    "rejected",
    "released",
    "expired",
    "undeliverable",
    "withdrawn",
    "break_glass",
    "after_review",
    "dealt_with",
    "question",
    "answer",
    "returned",
)
VARIANTS = {"released_partly", "released_elsewhere"}
"""What the letter `released` is where not everybody got it as it was."""
OTHERS = {
    "digest",
    "queue_trouble",
    "queue_well",
    "digest_trouble",
    "digest_well",
    "stale_trouble",
    "stale_well",
    "audit_trouble",
    "audit_well",
    "report_well",
    "confirm_address",
    "address_disputed",
    "register_trouble",
    "register_well",
    "disk_trouble",
    "disk_well",
    "breach_soon",
    "breach_late",
    "rules_trouble",
    "rules_well",
    "report_code",
    "report_deletion",
    "report_question",
    "reader_report",
    "report_trouble",
}
"""Letters that tell of no case; each has tests of its own."""
AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
HOSTILE = '</td><script>alert(1)</script>\r\nBcc: thief@evil.example\u202e "\x00'


def settings(language: str = "en", **notices: Any) -> Settings:
    """A guard in Helsinki."""
    return Settings(
        notices={"language": language, "from_address": "mailguard@operator.example"} | notices,
        report={"time_zone": "Europe/Helsinki"},
        desk={"public_url": "https://guard.operator.example/"},
    )


def notice(kind: str, to: str = "seller@operator.example", **details: Any) -> NoticeRow:
    """A row of the outbox."""
    return NoticeRow(id=7, kind=kind, to=to, case_id="MG-7K4M-92QT", details=details, created_at=AT, due_at=AT)


def facts(**values: Any) -> CaseFacts:
    """A namesake case with a PIN."""
    given_values: dict[str, Any] = {
        "case_id": "MG-7K4M-92QT",
        "state": CaseState.HELD,
        "received_at": AT,
        "sender": "seller@operator.example",
        "message_id": "<order-1@operator.example>",
        "recipients": (("kari@mail.example", ("namesake", "credential")), ("ops@operator.example", ())),
        "reasons": ("namesake", "credential"),
        "decision_reason": "Wrong Kari",
        "answer": "550 5.1.1 no such user",
    }
    return CaseFacts(**given_values | values)


def body(letter: EmailMessage, subtype: str) -> str:
    """One alternative's text."""
    part = letter.get_body((subtype,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_a_valid_message(language: str, kind: str) -> None:
    """Each kind in each language is multipart text and HTML with the headers of an automatic letter and one link."""
    raw = compose(notice(kind), facts(), settings(language))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    letter = parsed(raw)
    assert not letter.defects
    assert letter.get_content_type() == "multipart/alternative"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["To"].addresses[0].addr_spec == "seller@operator.example"
    assert letter["From"].addresses[0].addr_spec == "mailguard@operator.example"
    assert parsedate_to_datetime(letter["Date"]) == AT
    assert re.fullmatch(r"<[^<>\s]+@operator\.example>", letter["Message-ID"])
    assert "MG-7K4M-92QT" in letter["Subject"]
    text, html = body(letter, "plain"), body(letter, "html")
    page = "mine" if kind in {*TO_SENDER, "undeliverable"} else "cases"
    link = f"https://guard.operator.example/{page}/MG-7K4M-92QT"
    assert link in text
    assert [a.attributes["href"] for a in HTMLParser(html).css("a")] == [link]
    assert "{{" not in text + html
    assert not re.search(r"^\[\w+\]$", text, re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same(language: str) -> None:
    """Every sentence of the text is in the HTML, so both readers learn the same."""
    letter = parsed(compose(notice("held"), facts(), settings(language)))
    shown = " ".join(HTMLParser(body(letter, "html")).text().split())
    for paragraph in body(letter, "plain").split("\n\n")[:-1]:
        for line in re.split(r"\n- |^- ", paragraph):
            words = " ".join(line.split())
            if words and not re.search(r"MG-|https:", words):
                assert words in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str) -> None:
    """Each reason code of the contract has its own sentence, and each kind its own template, in each language."""
    wording = load_wording(language)
    sentences = [wording.why(code.value) for code in ReasonCode]
    assert len(set(sentences)) == len(ReasonCode)
    assert wording.why("of next year") == wording.words["why"]["other"]
    assert {file.stem for file in (TEMPLATES / language).glob("*.txt")} == {*KINDS, *VARIANTS, *OTHERS}
    assert _keys(wording.words) == _keys(load_wording("en").words)
    for topic in TOPICS:
        assert wording.words["troubles"][topic]


def _keys(words: Any, before: str = "") -> set[str]:
    if not isinstance(words, dict):
        return {before}
    return {key for name, inner in words.items() for key in _keys(inner, f"{before}.{name}")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_rejection_says_the_reviewers_reason(language: str) -> None:
    """The sender reads the reviewer's words, and which recipients they are about."""
    row = notice("rejected", reason="Wrong Kari: see 2044", recipients=["kari@mail.example"])
    text = body(parsed(compose(row, facts(), settings(language))), "plain")
    assert "Wrong Kari: see 2044" in text
    assert "kari@mail.example" in text
    assert "ops@operator.example" not in text


def test_held_letter_names_the_recipient_beside_the_reason_and_the_deadline() -> None:
    """The sender sees which address is in doubt, and until when somebody may decide, in local time."""
    text = " ".join(body(parsed(compose(notice("held"), facts(), settings())), "plain").split())
    assert "kari@mail.example: This address is not on record for the customer." in text
    assert "16 November 2026 11:00 EET" in text
    assert "by 23 November 2026 11:00 EET" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_escalation_tells_who_was_reminded_and_shows_nothing_of_the_message(language: str) -> None:
    """Case, since when it waits, when it is returned, who was reminded; no sender, recipient, reason or subject."""
    words = load_wording(language).words
    row = notice("escalation", "boss@operator.example", reminded=["anna@operator.example", "boris@operator.example"])
    known = facts(expires_at=datetime(2026, 11, 18, 7, 0, tzinfo=UTC))
    text = " ".join(body(parsed(compose(row, known, settings(language))), "plain").split())
    moments = [format_moment(at, language, "Europe/Helsinki") for at in (known.received_at, known.expires_at or AT)]
    labels = [words["labels"][name] for name in ("case", "waiting_since", "returned_at", "reminded")]
    values = ["MG-7K4M-92QT", *moments, "anna@operator.example, boris@operator.example"]
    for label, value in zip(labels, values, strict=True):
        assert re.search(rf"{re.escape(label)}:\s+{re.escape(value)}", text), label
    for hidden in ("seller@", "kari@", "Wrong Kari", words["why"]["namesake"], words["why"]["credential"]):
        assert hidden not in text
    nobody = " ".join(
        body(parsed(compose(notice("escalation", reminded=[]), known, settings(language))), "plain").split()
    )
    assert f"{labels[-1]}: {words['nobody']}" in re.sub(r"\s+", " ", nobody)
    assert "anna@" not in nobody
    assert text.split(moments[0])[0] != nobody.split(moments[0])[0], "the sentence about the reminder is another"


@pytest.mark.parametrize("language", LANGUAGES)
def test_expiry_says_when_nobody_was_reminded(language: str) -> None:
    """One sentence more than usual, where the guard was down when it was time."""
    usual, late = (
        body(parsed(compose(notice("expired", reminded=reminded), facts(), settings(language))), "plain")
        for reminded in (True, False)
    )
    assert "mailguard" not in usual.partition("-- ")[0]
    assert "mailguard" in late.partition("-- ")[0]
    assert body(parsed(compose(notice("expired"), facts(), settings(language))), "plain") == usual


def test_letters_name_the_deadline_on_record() -> None:
    """What the case was given when it was held, whatever is configured since."""
    known = facts(expires_at=datetime(2026, 11, 18, 7, 0, tzinfo=UTC))
    for kind in ("held", "to_review", "reminder"):
        text = " ".join(body(parsed(compose(notice(kind), known, settings())), "plain").split())
        assert "by 18 November 2026 09:00 EET" in text


def test_sender_letter_stands_beside_the_sent_message() -> None:
    """In-Reply-To names the held message; a supervisor's letters share a thread of the case instead."""
    mine = parsed(compose(notice("held"), facts(), settings()))
    assert mine["In-Reply-To"] == mine["References"] == "<order-1@operator.example>"
    theirs = parsed(compose(notice("to_review", "vera@operator.example"), facts(), settings()))
    assert theirs["In-Reply-To"] is None
    assert theirs["References"] == "<case.MG-7K4M-92QT@operator.example>"
    assert "seller@operator.example" in body(theirs, "plain")


def test_same_row_gives_the_same_message_id() -> None:
    """A letter sent twice after a crash is one letter."""
    one, two = (parsed(compose(notice("held"), facts(), settings())) for _ in range(2))
    assert one["Message-ID"] == two["Message-ID"]


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_values_stay_text(kind: str) -> None:
    """HTML, line ends, NUL and direction marks in any field start no header, no tag, no element."""
    evil = facts(
        sender=HOSTILE,
        message_id=HOSTILE,
        recipients=((HOSTILE, ("namesake",)),),
        reasons=("namesake", HOSTILE),
        decision_reason=HOSTILE * 1000,
        answer=HOSTILE,
    )
    raw = compose(notice(kind, recipients=[HOSTILE], reason=HOSTILE * 1000, answer=HOSTILE), evil, settings())
    letter = parsed(raw)
    assert letter["Bcc"] is None
    assert len(raw) < 20_000
    html = HTMLParser(body(letter, "html"))
    assert html.css("script") == []
    text = body(letter, "plain")
    assert "\nBcc:" not in text
    assert "\u202e" not in text + body(letter, "html")
    assert "\0" not in text


@trying(deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_becomes_a_header_or_an_element(text: str) -> None:
    """Whatever stands in the reason, the letter keeps its headers and its HTML elements."""
    usual = parsed(compose(notice("rejected", reason="x"), facts(), settings()))
    letter = parsed(compose(notice("rejected", reason=text), facts(), settings()))
    assert letter.items()[:-1] == usual.items()[:-1]
    count = len(HTMLParser(body(usual, "html")).css("*"))
    assert len(HTMLParser(body(letter, "html")).css("*")) == count


@pytest.mark.parametrize("to", ["", "a b@c.example", "a@b@c.example", "x@y.example\r\nBcc: z@z.example", "no-at-sign"])
def test_odd_addresses_are_never_written_to(to: str) -> None:
    """An address that parsers read differently gets no letter."""
    with pytest.raises(OddAddress):
        compose(notice("held", to), facts(), settings())


def test_address_in_other_letters_is_written_to() -> None:
    """An address beyond ASCII (RFC 6531) gets its letter, with the address as it is."""
    raw = compose(notice("held", "käsi@posti.example"), facts(), settings())
    assert "To: käsi@posti.example".encode() in raw


def test_unknown_kind_is_an_error() -> None:
    """A kind without a template, or one that is a path, is refused by name."""
    for kind in ("poem", "../layout", "../en/held"):
        with pytest.raises(InputError):
            compose(notice(kind), facts(), settings())


def test_operator_replaces_one_letter_and_one_word(tmp_path: Path) -> None:
    """Files in the operator's folder go before ours; everything else stays."""
    folder = tmp_path / "fi"
    folder.mkdir()
    (folder / "held.txt").write_text("Subject: Oma {{ case }}\n\nOma teksti.\n\n[link]\n", encoding="utf-8")
    (folder / "words.yaml").write_text("open: Katso\n", encoding="utf-8")
    own = settings("fi", templates=str(tmp_path))
    letter = parsed(compose(notice("held"), facts(), own))
    assert letter["Subject"] == "Oma MG-7K4M-92QT"
    assert body(letter, "plain").startswith("Oma teksti.\n\nKatso:\nhttps://")
    assert "Viestiäsi ei lähetetty" in parsed(compose(notice("rejected"), facts(), own))["Subject"]


def test_operators_broken_template_is_named(tmp_path: Path) -> None:
    """A template with a mistake is an error that names the file."""
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "held.txt").write_text("Subject: x\n\n{{ nothing_of_that_name }}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="held"):
        compose(notice("held"), facts(), settings(templates=str(tmp_path)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_letter_says_that_others_have_it(language: str) -> None:
    """One sentence more where the message was passed on to other recipients at once, and only there."""
    plain, told = (
        body(parsed(compose(notice("held"), facts(passed=passed), settings(language))), "plain")
        for passed in (False, True)
    )
    assert len(told.split()) > len(plain.split()) + 5
