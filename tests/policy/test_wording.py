"""The words: six languages, hostile values, and files that cannot be used."""

import re
import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.customer import Customer
from mailguard.core.errors import RulesError
from mailguard.core.finding import FindingKind
from mailguard.core.part import Trouble
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.namesake.identify import Identification
from mailguard.policy.cleaning import clean, clean_address
from mailguard.policy.policy import Policy
from mailguard.policy.wording import Wording
from tests.policy.letters import ABOUT_MATTI, OTHER_MATTI, finding, letter

RULES = Path(__file__).parents[2] / "rules"
LANGUAGES = ["en", "fi", "sv", "pl", "nl", "de"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_said_in_every_language(language: str) -> None:
    """Every relation, finding and trouble makes a sentence, and no placeholder stays open."""
    policy = Policy.load([RULES], language)
    english = Wording.load([RULES], "en")
    findings = [finding(kind) for kind in FindingKind]
    troubles = [Trouble(kind, "a", "x") for kind in ("unreadable", "encrypted", "recording")]
    for kind in RelationKind:
        for resembles in (None, "matti@virtanen.example"):
            relation = Relation("a@b.example", kind, ABOUT_MATTI, OTHER_MATTI, resembles, bearers=7)
            judged = policy.decide(
                letter(troubles=troubles),
                ["a@b.example"],
                Identification((ABOUT_MATTI,), "X Y"),
                [relation],
                findings,
                60,
            )
            for reason in judged.reasons:
                assert "{" not in reason.text
                assert reason.text.endswith(".")
    if language != "en":
        left = {key for key, text in policy.wording.texts.items() if text == english.texts[key] and _has_words(text)}
        assert left == set()


def _has_words(text: str) -> bool:
    return " " in text and any(ch.isalpha() for ch in re.sub(r"\{\w+\}", "", text))


@given(st.text(max_size=300))
def test_cleaned_text_is_one_short_harmless_line(text: str) -> None:
    """No control, bidi or invisible character, no angle bracket, no line break, at most 80 characters."""
    cleaned = clean(text)
    assert len(cleaned) <= 80
    assert "<" not in cleaned
    assert ">" not in cleaned
    assert not any(unicodedata.category(ch)[0] == "C" or unicodedata.category(ch) in ("Zl", "Zp") for ch in cleaned)


@given(st.text(max_size=100))
def test_any_address_can_be_shown(address: str) -> None:
    """Whatever came over the wire, the sentence can be made."""
    assert len(clean_address(address)) <= 170


def test_hostile_names_are_shortened() -> None:
    """Ten thousand letters, markup and right-to-left marks in the register leave a short plain sentence."""
    evil = Customer("1\u202e<b>", "A" * 10_000, "<script>alert(1)</script>\u202etxt", city="\u2066X\n\nY{customer}")
    relation = Relation("a@" + "b" * 10_000, RelationKind.NAMESAKE, Identified(evil, ("header",)), evil, bearers=9)
    policy = Policy.load([RULES])
    judged = policy.decide(letter(), [relation.recipient], Identification((ABOUT_MATTI,)), [relation], [], 1)
    text = judged.reasons[0].text
    assert len(text) < 800
    assert not set("<>\u202e\u2066\n") & set(text)


def test_a_look_alike_domain_shows_its_punycode() -> None:
    """Cyrillic letters in an address are told by the form that has none."""
    assert clean_address("matti@gm\u0430il.com") == "matti@gm\u0430il.com (matti@xn--gmil-63d.com)"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("reasons: {credential: 'Hello {secret}'}", "reasons.credential"),
        ("reasons: {nonsense: 'Hello'}", "reasons.nonsense"),
        ("reasons: {credential: 'Hello {things'}", "reasons.credential"),
        ("reasons: {credential: '{things.__class__}'}", "reasons.credential"),
        ("reasons: {credential: 5}", "reasons.credential"),
        ("reasons: [", "(file)"),
    ],
)
def test_bad_words_are_refused(text: str, key: str, tmp_path: Path) -> None:
    """A wording file with a mistake names file and key."""
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / "de.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        Wording.load([RULES, tmp_path], "de")
    assert caught.value.key == key
    assert caught.value.file == tmp_path / "wording" / "de.yaml"


def test_the_operators_words_go_before_ours(tmp_path: Path) -> None:
    """One sentence can be changed without copying the file."""
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / "en.yaml").write_text("reasons: {bulk_personal_data: '{people} people!'}", encoding="utf-8")
    wording = Wording.load([RULES, tmp_path], "en")
    assert wording.say("reasons.bulk_personal_data", people="9") == "9 people!"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("  - {content: credential, relation: any, verdict: hold, reason: credential}\n", "", "table"),
        ("bulk_people: {outside: 3, inside: 50}", "bulk_people: {outside: 0, inside: 50}", "bulk_people"),
        ("verdict: hold, reason: namesake", "verdict: hold", "table[25].reason"),
        ("verdict: hold, reason: namesake", "verdict: hold, reason: namesakes", "table[25].reason"),
        ("relation: namesake, verdict: hold, reason: namesake}", "relation: namesake, verdict: pass}", "examples[5]"),
        ("reason: unconfirmed, approvals: 2", "reason: unconfirmed, approvals: 3", "table[15].approvals"),
        ("reason: unconfirmed, approvals: 2", "reason: unconfirmed, approvals: true", "table[15].approvals"),
        ("reason: unconfirmed, approvals: 2", "reason: unconfirmed", "examples[35]"),
        (
            "relation: on_record, verdict: pass}\n  -",
            "relation: on_record, verdict: pass, approvals: 2}\n  -",
            "table[14].approvals",
        ),
        ("bulk_people:", "bulk:", "bulk"),
        ("table:", "tables: []\ntable:", "tables"),
    ],
)
def test_a_bad_table_is_refused(old: str, new: str, key: str, tmp_path: Path) -> None:
    """A gap, an unknown word, a wrong limit or a failing example names file and key."""
    shutil.copytree(RULES / "wording", tmp_path / "wording")
    text = (RULES / "policy.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "policy.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        Policy.load([RULES, tmp_path])
    assert caught.value.file == tmp_path / "policy.yaml"
    assert caught.value.key == key
