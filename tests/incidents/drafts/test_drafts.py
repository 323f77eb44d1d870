"""The drafts: every kind in every language, of breaches of which little, some or all is known."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.errors import InputError
from mailguard.core.finding import FindingKind
from mailguard.core.reason import ReasonCode
from mailguard.core.settings import IncidentSettings, ReportSettings, Settings
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.drafts.draft import Draft, make_draft
from mailguard.incidents.drafts.kinds import LANGUAGES, TELECOM, DraftKind, kinds_of, read_kind
from mailguard.incidents.drafts.render import as_html, as_pdf, as_text
from mailguard.incidents.drafts.wording import load_wording
from tests.incidents.drafts.breaches import EMPTY, FULL, NOON, SETTINGS, USUAL

EVERY = [(kind, language) for language in LANGUAGES for kind in DraftKind]
HOSTILE = '<script>alert("1")</script> {{ breach }} {what} [who]\n\n# =1+1\n- x \u202e\ue000people\ue001'
OWN_WORDS = {
    "en": "the and which with",
    "fi": "ja että joka tai kuin ei mitä",
    "sv": "och att eller inte vad inga",
    "pl": "oraz lub się danych na",
    "nl": "het een niet wordt van",
    "de": "und der das nicht oder",
}
"""Frequent words that stand in drafts of one language alone."""


def drafted(kind: DraftKind, language: str, facts: BreachFacts, now: datetime = NOON, **more: Any) -> Draft:
    return make_draft("2026-0007", facts, kind, language, more.get("settings", SETTINGS), now)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_all_is_filled_in_where_all_is_known(kind: DraftKind, language: str) -> None:
    """Of a breach of which everything is known, no gap is left, and nothing looks like a place or a mark."""
    draft = drafted(kind, language, FULL)
    assert draft.gaps == ()
    for text in (as_text(draft), as_html(draft)):
        marker = load_wording(language).words["gap"].split("{")[0]
        assert marker not in text
        assert not re.search("[{}\ue000-\uf8ff]|None|\\[[a-z]", text.split("</style>")[-1])
        assert "Puhelin Oy" in text


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_what_is_not_known_is_a_gap(kind: DraftKind, language: str) -> None:
    """Of an empty breach, each gap of the list stands marked in the text and in the HTML, and the other way round."""
    draft = drafted(kind, language, EMPTY, settings=Settings())
    words = load_wording(language).words
    assert {"organisation", "contact"} <= {gap.field for gap in draft.gaps}
    keys = {"incidents.organisation", "incidents.contact"}
    assert {gap.filled_by for gap in draft.gaps} <= keys | {field.name for field in fields(BreachFacts)}
    text, html = " ".join(as_text(draft).split()), as_html(draft)
    for gap in draft.gaps:
        marker = words["gap"].format(what=gap.what)
        assert marker in text
        assert f"<mark>{marker}</mark>" in html.replace("&#39;", "'")
    wanted = {gap.what for gap in draft.gaps}
    found = re.findall(re.escape(words["gap"]).replace(r"\{what\}", "(.+?)"), text)
    assert set(found) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_another_language(language: str) -> None:
    """No frequent word of another language stands in any draft of this one, whatever is known of the breach."""
    texts = [as_text(drafted(kind, language, facts)) for kind in DraftKind for facts in (EMPTY, USUAL, FULL)]
    words = set(re.findall(r"\w+", " ".join(texts).casefold()))
    others = {word for other, theirs in OWN_WORDS.items() if other != language for word in theirs.split()}
    assert not words & (others - set(OWN_WORDS[language].split()))
    assert words & set(OWN_WORDS[language].split())


def test_every_language_has_the_same_words_and_places() -> None:
    """Keys, placeholders and inserts are the same in all languages; every kind of finding and reason has its words."""
    english = load_wording("en")
    for language in LANGUAGES:
        wording = load_wording(language)
        assert _shape(wording.words) == _shape(english.words)
        for kind in DraftKind:
            places = re.compile(r"^\[\w+\]$|^# |^- |\{\{ \w+ \}\}", re.M)
            assert places.findall(wording.texts[kind]) == places.findall(english.texts[kind])
        codes = {str(code) for code in (*FindingKind, *ReasonCode)}
        assert codes <= {*wording.words["data"], *wording.words["circumstances"]}


def _shape(words: Any) -> Any:
    if isinstance(words, dict):
        return {key: _shape(value) for key, value in words.items()}
    assert isinstance(words, str)
    assert words.strip()
    return sorted(name for _, name, _, _ in Formatter().parse(words) if name)


@pytest.mark.parametrize("kind", DraftKind)
def test_hostile_values_stay_text(kind: DraftKind) -> None:
    """Markup, templates, places, headings and marks in a fact are text on one line; no direction mark gets through."""
    facts = replace(_written(HOSTILE), channel=HOSTILE, data_classes=(HOSTILE,), notify_people=None)
    own = IncidentSettings(organisation=HOSTILE[:150], contact=HOSTILE)
    draft = make_draft("2026-0007", facts, kind, "en", Settings(incidents=own), NOON)
    text, html = as_text(draft), as_html(draft)
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#34;1&#34;)" in html
    assert "{{ breach }} {what} [who] # =1+1 - x" in " ".join(text.split())
    assert not re.search("[\u202e\ue000-\uf8ff]", text + html)
    assert "people" not in {gap.field for gap in draft.gaps}
    plain = drafted(kind, "en", FULL)
    headings = [block.lines for block in draft.blocks if block.kind == "heading"]
    assert headings == [block.lines for block in plain.blocks if block.kind == "heading"]


def _written(text: str) -> BreachFacts:
    """A text in every fact that takes a free one."""
    return replace(
        FULL,
        title=text,
        unit=text,
        processor=text,
        containment=text,
        consequences=text,
        remedy=text,
        risk_reason=text,
        people_told_how=text,
    )


@given(text=st.text(max_size=60), kind=st.sampled_from(DraftKind))
@settings(max_examples=150, deadline=None)
def test_no_text_changes_the_page(text: str, kind: DraftKind) -> None:
    """Whatever a person writes into a fact, the page has the tags that it has with a plain word, and the same gaps."""
    plain, odd = (drafted(kind, "nl", _written(word)) for word in ("word", f"x{text}"))
    tags = re.compile("<[^>]*>")
    body = [as_html(draft).split("<body>")[1] for draft in (plain, odd)]
    assert tags.findall(body[0]) == tags.findall(body[1])
    assert odd.gaps == ()
    assert [(block.kind, len(block.rows), len(block.lines)) for block in odd.blocks] == [
        (block.kind, len(block.rows), len(block.lines)) for block in plain.blocks
    ]


@pytest.mark.parametrize("kind", DraftKind)
def test_no_customer_and_no_address(kind: DraftKind) -> None:
    """Neither a customer's number nor an address that the mail went to stands in any draft."""
    text = as_html(drafted(kind, "fi", FULL))
    assert "1001" not in text
    assert "m.virtanen" not in text


def test_the_reader_learns_nothing_of_what_it_was() -> None:
    """The letter that asks for deletion names no kind of data: it must not tell the reader what is worth a look."""
    text = as_text(drafted(DraftKind.READER, "en", FULL)).casefold()
    assert not re.search("password|pin|bank|identification|recording|0001", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_secrets_in_the_letter_to_people(language: str) -> None:
    """Included, included and reset, not included, not known: four different letters; who must change it is told so."""
    words = load_wording(language).words
    change, renew = words["can_do"]["secret_open"], words["can_do"]["secret_reset"]
    letters = {
        name: " ".join(as_text(drafted(DraftKind.PEOPLE, language, facts)).split())
        for name, facts in {
            "open": replace(FULL, secrets_reset_at=None),
            "reset": FULL,
            "none": replace(FULL, secrets_included=False, secrets_reset_at=None),
            "unknown": replace(FULL, secrets_included=None, secrets_reset_at=None),
        }.items()
    }
    assert len(set(letters.values())) == 4
    assert {name for name, text in letters.items() if change in text} == {"open"}
    assert {name for name, text in letters.items() if renew in text} == {"reset"}
    assert words["gaps"]["secrets"] in letters["unknown"]
    assert words["secrets"]["none"] in letters["none"]


@pytest.mark.parametrize(
    ("kind", "hours", "asked"),
    [
        (DraftKind.AUTHORITY_1, 72, False),
        (DraftKind.AUTHORITY_1, 72.01, True),
        (DraftKind.TELECOM_1, 24, False),
        (DraftKind.TELECOM_1, 24.01, True),
    ],
)
def test_who_is_late_gives_reasons(kind: DraftKind, hours: float, asked: bool) -> None:
    """After the law's time the draft asks for the reasons of the delay, and takes them from the register."""
    late = NOON + timedelta(hours=hours)
    assert ("delay" in {gap.field for gap in drafted(kind, "en", USUAL, late).gaps}) is asked
    excused = drafted(kind, "en", replace(USUAL, delay_reason="because 4711"), late)
    assert ("because 4711" in as_text(excused)) is asked
    assert "delay" not in {gap.field for gap in excused.gaps}


@pytest.mark.parametrize(
    ("language", "moment"),
    [
        ("en", "18 October 2026 04:30 EEST"),
        ("fi", "18. lokakuuta 2026 4.30 EEST"),
        ("sv", "18 oktober 2026 04:30 EEST"),
        ("pl", "18 października 2026 04:30 EEST"),
        ("nl", "18 oktober 2026 04:30 EEST"),
        ("de", "18. Oktober 2026 04:30 EEST"),
    ],
)
def test_times_are_those_of_the_house(language: str, moment: str) -> None:
    """Moments stand in the house's time zone, summer time included, in the language's form."""
    facts = replace(USUAL, happened_from=datetime(2026, 10, 18, 1, 30, tzinfo=UTC))
    assert moment in as_text(drafted(DraftKind.AUTHORITY_1, language, facts))


def test_a_span_and_its_ends() -> None:
    """From and until, only until, and one day in the letter to people."""
    text = as_text(drafted(DraftKind.AUTHORITY_1, "de", FULL))
    assert "18. November 2026 12:00 EET bis 19. November 2026 12:00 EET" in text
    assert "18 November 2026 to 19 November 2026" in as_text(drafted(DraftKind.PEOPLE, "en", FULL))
    until = replace(FULL, happened_from=None)
    assert "not later than 19 November 2026 12:00" in as_text(drafted(DraftKind.AUTHORITY_1, "en", until))
    one_day = replace(FULL, happened_until=FULL.happened_from)
    assert as_text(drafted(DraftKind.PEOPLE, "en", one_day)).count("18 November 2026") == 1


def test_the_decision_not_to_tell_people() -> None:
    """It stands with its reason, and nothing is asked about letters that nobody writes."""
    facts = replace(FULL, notify_people=False, notify_people_reason="the reader is our own auditor", people_told=None)
    draft = drafted(DraftKind.TELECOM_2, "en", facts)
    assert draft.gaps == ()
    assert "They are not told, because the reader is our own auditor" in " ".join(as_text(draft).split())
    assert "14. Means" not in as_text(draft)


def test_which_words_are_a_persons_own() -> None:
    """Facts that were typed in are named beside the draft, so that somebody translates them."""
    draft = drafted(DraftKind.PEOPLE, "pl", replace(FULL, data_classes=("iban", "shoe size")))
    assert draft.written == ("data_classes", "consequences", "containment", "remedy")


def test_what_is_offered() -> None:
    """The regimes say which drafts are offered; an unknown name is refused with those that there are."""
    assert kinds_of(IncidentSettings()) == ("authority_1", "authority_2", "people", "reader")
    assert set(kinds_of(SETTINGS.incidents)) == set(DraftKind)
    assert TELECOM.isdisjoint(kinds_of(IncidentSettings(regimes=["gdpr", "processor"])))
    with pytest.raises(InputError, match="authority_1"):
        read_kind("novel\n")
    with pytest.raises(InputError, match="fi, sv"):
        drafted(DraftKind.PEOPLE, "xx", FULL)


@pytest.mark.parametrize("language", ["pl", "fi"])
def test_on_paper(language: str) -> None:
    """The PDF has the words of the text, letters with marks included, and is the same octets each time."""
    draft = drafted(DraftKind.PEOPLE, language, FULL)
    octets = as_pdf(draft)
    assert octets == as_pdf(draft)
    document = pypdfium2.PdfDocument(octets)
    read = "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    for line in as_text(draft).splitlines():
        # Where a word with a hyphen is broken, what is read back has the hyphen or not.
        wanted = line.removeprefix("- ").rstrip(":").replace("-", "")
        assert "".join(wanted.split()) in re.sub("[-\ufffe]", "", read)


def test_the_house_without_a_zone_name() -> None:
    """A zone whose name is an offset is written as UTC+05."""
    almaty = Settings(report=ReportSettings(time_zone="Asia/Almaty"))
    assert "UTC+05" in as_text(drafted(DraftKind.AUTHORITY_1, "en", USUAL, settings=almaty))
