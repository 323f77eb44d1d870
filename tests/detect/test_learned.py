"""Rules with learned signs: what weights do, and what is refused."""

import gc
from pathlib import Path
from weakref import ref

import pytest

from mailguard.core.errors import RulesError
from mailguard.core.part import Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.learned import LearnedSigns, read_learned
from mailguard.detect.page import Page
from tests.evaluate.cases import plain_letter

PACK = """
rules:
  - id: own.learned
    kind: access_code
    keywords: [shed, gate]
    near: [shed, gate]
    pattern: '\\b(?P<value>[0-9]{4,6})\\b'
    learned: weights.tsv
    hold_at: 1
    match: ["The shed opens with 4471."]
    nomatch: ["The shed is 4471 mm wide."]
  - id: own.other
    kind: password
    keywords: [shed]
    pattern: '\\b(?P<value>[a-z]{4}[0-9]{2})\\b'
    learned: weights.tsv
    hold_at: 1
    match: ["The shed opens with door12."]
"""
WEIGHTS = "bias\t-3\n1with\t2.5\n2open-\t3\n#9\t-4\nsshed\t1\n"


def _load(folder: Path, pack: str = PACK, weights: str = WEIGHTS) -> Detector:
    (folder / "own.yaml").write_text(pack)
    (folder / "weights.tsv").write_text(weights)
    return Detector.load([folder])


def test_longer_parts_are_not_looked_through(tmp_path: Path) -> None:
    """A rule with `longest` looks at nothing in a part of more characters."""
    own = _load(tmp_path, PACK.replace("    hold_at: 1\n", "    hold_at: 1\n    longest: 60\n"))
    assert own.find(plain_letter("The gate opened with 4471."))
    assert not own.find(plain_letter("The gate opened with 4471. " + "Nothing else is new here. " * 2))


def test_weights_add_up(tmp_path: Path) -> None:
    """A value holds where bias and weights of its traits reach the rule's score, beginnings of words among them."""
    own = _load(tmp_path)
    assert own.find(plain_letter("The gate opened with 4471."))
    assert not own.find(plain_letter("The gate opened on 4471."))
    assert not own.find(plain_letter("The gate came with 4471."))


def test_nothing_is_weighed_without_a_word_near(tmp_path: Path) -> None:
    """The same sentence about anything else is not looked at, in whatever long letter it stands."""
    own = _load(tmp_path)
    assert not own.find(plain_letter("It opened with 4471."))
    far = "The shed is painted.\n" + "Nothing else is new here.\n" * 20
    assert not own.find(plain_letter(far + "It opened with 4471."))
    assert own.find(plain_letter(far + "The shed? It opened with 4471."))


def test_words_of_the_line_above_count_in_short_lines(tmp_path: Path) -> None:
    """A number alone in its line is understood from the line above it."""
    own = _load(tmp_path, weights="bias\t-2\n^opens\t3\n^with\t2\n1with\t5\n2open-\t5\n")
    assert own.find(plain_letter("The shed opens with:\n4471\n"))
    assert not own.find(plain_letter("The shed opens with:\nall of the keys 4471\n"))


def test_a_long_list_is_given_up(tmp_path: Path) -> None:
    """Of a list only the first values are weighed, and the letter is not called too full for it."""
    own = _load(tmp_path)
    examined = own.examine(plain_letter("shed 1234\n" * 500 + "the shed opens with 4471"))
    assert examined.findings == ()
    assert examined.exhausted == ()


def test_explain_tells_what_fell_short(tmp_path: Path) -> None:
    """Whoever writes rules sees the score of a value that was weighed and not held."""
    assert not _load(tmp_path).explain(plain_letter("The gate is 4471 mm wide."))
    (place,) = _load(tmp_path).explain(plain_letter("The gate comes with 4471."))
    assert (place.score, place.hold_at, place.outcome) == (-0.5, 1, "below")


def test_rules_share_what_was_read(tmp_path: Path) -> None:
    """Two rules of one file weigh by the same object, and it goes when the set of rules goes."""
    own = _load(tmp_path)
    first, second = (own._shaped[identity].circumstances for identity in ("own.learned", "own.other"))
    assert first is second
    gone = ref(first)
    del own, first, second
    gc.collect()
    assert gone() is None


def test_changed_weights_are_read_anew(tmp_path: Path) -> None:
    """A file of the same name with other weights is another."""
    old = _load(tmp_path)
    new = _load(tmp_path, PACK.replace("4471.", "4471 with"), WEIGHTS + "5with\t9\n")
    assert not old.find(plain_letter("The gate took 4471 with it."))
    assert new.find(plain_letter("The gate took 4471 with it."))


@pytest.mark.parametrize(
    ("weights", "place"),
    [("bias\t-3\n1with 2\n", "line 2"), ("bias\tmuch\n", "line 1"), ("", "line 1")],
)
def test_broken_weights_are_refused(tmp_path: Path, weights: str, place: str) -> None:
    """The error names the file and the line."""
    with pytest.raises(RulesError, match=f"weights.tsv.*{place}"):
        _load(tmp_path, weights=weights)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    """The error names the file that the pack asks for."""
    (tmp_path / "own.yaml").write_text(PACK)
    with pytest.raises(RulesError, match=r"weights\.tsv"):
        Detector.load([tmp_path])


@pytest.mark.parametrize("key", ["signs: [{near: shed, score: 1}]", "beside: true"])
def test_signs_and_learned_signs_do_not_mix(tmp_path: Path, key: str) -> None:
    """One sum or the other."""
    with pytest.raises(RulesError, match=r"own\.learned"):
        _load(tmp_path, PACK.replace("    hold_at: 1\n", f"    hold_at: 1\n    {key}\n", 1))


def test_a_hopeless_place_is_not_looked_around(tmp_path: Path) -> None:
    """What its own line makes surely none is not asked for words that are far away."""
    (tmp_path / "weights.tsv").write_text("bias\t-9\nwshed\t50\n")
    signs: LearnedSigns = read_learned(tmp_path / "weights.tsv")
    page = Page(Part("body.1", PartRole.BODY, "The shed is near. 4471"))
    assert signs.weigh(page, 18, 22) == -9


PHRASES = """
rules:
  - id: own.words
    kind: password
    keywords: [shed]
    near: [shed]
    pattern: '\\b(?:says|is) (?P<value>[a-z]+(?: [a-z]+){0,3})[.]'
    not_remarks: true
    overlapping: true
    learned: weights.tsv
    hold_at: 1
    match: ["The shed is heron."]
language: en
words:
  not_value: ["closed secret"]
  function: ["the in"]
"""


def test_another_value_may_begin_within_one_that_does_not_count(tmp_path: Path) -> None:
    """`says that it is heron` is none, and the heron behind `is` is one; without `overlapping` it would be missed."""
    weights = "bias\t-3\n1is\t5\nvthat\t-9\n"
    text = "The shed says that it is heron."
    found = _load(tmp_path, PHRASES, weights).find(plain_letter(text))
    assert [text[each.start : each.end] for each in found] == ["heron"]
    assert not _load(tmp_path, PHRASES.replace("    overlapping: true\n", ""), weights).find(plain_letter(text))


@pytest.mark.parametrize("words", ["closed", "closed heron", "in the closed"])
def test_what_is_said_of_a_secret_is_no_value(tmp_path: Path, words: str) -> None:
    """Words that say something, and what begins with one; a phrase may begin with a small word."""
    own = _load(tmp_path, PHRASES, "bias\t3\n")
    assert not own.find(plain_letter(f"The shed is {words}."))
    assert own.find(plain_letter("The shed is the grey heron."))


def test_words_of_a_value_have_weight(tmp_path: Path) -> None:
    """Where a value has no digits its words speak for it or against it, and how many they are."""
    own = _load(tmp_path, PHRASES, "bias\t3\nvgreen\t-5\nV4\t-5\n")
    assert own.find(plain_letter("The shed is heron."))
    assert not own.find(plain_letter("The shed is green."))
    assert not own.find(plain_letter("The shed is one two three four."))
