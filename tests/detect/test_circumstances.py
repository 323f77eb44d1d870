"""Signs around a value: they add up, each counts once, and those against it take away."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from mailguard.core.errors import RulesError
from mailguard.core.part import Part, PartRole
from mailguard.detect.circumstances import Circumstances
from mailguard.detect.detector import Detector
from tests.evaluate.cases import plain_letter

_SIGNS = [
    {"near": "pin", "score": 2},
    {"before": "key in ", "score": 2},
    {"after": " and push", "score": 1},
    {"before": "order ", "score": -3},
]
_RULE = {
    "id": "own.keyed",
    "kind": "access_code",
    "keywords": ["pin", "key in", "order"],
    "pattern": "(?P<value>[0-9]{5})",
    "hold_at": 4,
    "signs": _SIGNS,
    "match": ["Your PIN: key in 44110."],
}


def _load(folder: Path, **changes: object) -> Detector:
    (folder / "own.yaml").write_text(yaml.safe_dump({"rules": [{**_RULE, **changes}]}))
    return Detector.load([folder])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Your PIN: key in 44110.", True),
        ("Your PIN, the PIN: key in 44110.", True),
        ("Key in 44110 and push.", False),
        ("Your PIN is 44110 and push.", False),
        ("Your PIN: order 44110.", False),
        ("Your PIN: key in order 44110 and push.", False),
    ],
)
def test_scores_add_up(tmp_path: Path, text: str, found: bool) -> None:
    """A value holds where what speaks for it, less what speaks against it, is enough."""
    assert bool(_load(tmp_path).find(plain_letter(text))) is found


def test_one_sign_beside_the_value(tmp_path: Path) -> None:
    """With `beside` the words around are not enough, however many."""
    signs = [{"near": "pin", "score": 4}, {"before": "key in ", "score": 1}]
    own = _load(tmp_path, signs=signs, beside=True)
    assert own.find(plain_letter("Your PIN: key in 44110."))
    assert not own.find(plain_letter("Your PIN of 44110."))


def test_a_number_beside_one_that_is_none(tmp_path: Path) -> None:
    """A year that fails the check does not take with it the blank that the number behind it begins with."""
    signs = [{"near": "pin", "score": 4}]
    own = _load(tmp_path, pattern="[ ](?P<value>[0-9]{4})[ .]", check="keyed", signs=signs, match=["Your PIN: 4411."])
    assert own.find(plain_letter("The PIN of 2026 4411 opens it."))


def test_without_memory_each_pattern_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An automaton that is out of memory answers as if nothing was there, and is not believed."""
    own = _load(tmp_path)
    circumstances = own._shaped["own.keyed"].circumstances
    assert isinstance(circumstances, Circumstances)
    signs = circumstances._signs
    for patterns in (signs.near, signs._before, signs._after):
        monkeypatch.setattr(patterns._all, "_automaton", SimpleNamespace(Match=lambda text: []))
    assert own.find(plain_letter("Your PIN: key in 44110."))
    assert not own.find(plain_letter("Your PIN: order 44110."))


def test_what_falls_short_is_explained(tmp_path: Path) -> None:
    """The score that a value reached is told beside the one that it needs."""
    (place,) = [
        each for each in _load(tmp_path).explain(plain_letter("Key in 44110 and push.")) if each.rule == "own.keyed"
    ]
    assert (place.score, place.hold_at, place.outcome) == (3, 4, "below")


def test_a_sign_asks_something(tmp_path: Path) -> None:
    """A sign without a pattern would speak for every value."""
    with pytest.raises(RulesError, match=r"give `near`, `before` or `after`"):
        _load(tmp_path, signs=[{"score": 2}])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pattern": "", "labels": ["pin"]}, "give a `pattern` with `signs`"),
        ({"signs": [], "beside": True}, "give `signs` with `beside`"),
    ],
)
def test_signs_that_nobody_would_ask_are_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    """What a rule by label, or one without signs, would pass over in silence is an error."""
    with pytest.raises(RulesError, match=said):
        _load(tmp_path, **changes)


def test_a_wrong_pattern_names_its_rule(tmp_path: Path) -> None:
    """What RE2 refuses is said with the rule that has it."""
    with pytest.raises(RulesError, match=r"own\.keyed"):
        _load(tmp_path, signs=[{"near": "(?=pin)", "score": 2}])


def test_the_subject_of_a_short_letter_is_near(detector: Detector) -> None:
    """What a letter is about stands in its subject, and its body may be one line."""
    letter = plain_letter("Please enter 61877 there.")
    subject = Part("subject", PartRole.SUBJECT, "Alarm panel at the back door")
    assert not detector.find(letter)
    assert detector.find(replace(letter, parts=(subject, *letter.parts)))
