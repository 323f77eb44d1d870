"""Loading, examples, and what a finding carries."""

from pathlib import Path

import pytest

from mailguard.core.errors import RulesError
from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector

PACK = """
rules:
  - id: shop.locker
    kind: access_code
    languages: [en]
    keywords: [parcel locker]
    labels: ["parcel locker code"]
    value: code
    match: ["Parcel locker code: 448812"]
    nomatch: ["Parcel locker code: see the app"]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return folder


def test_every_shipped_example_holds(detector: Detector) -> None:
    """All examples beside the rules do what they say."""
    assert [result for result in detector.test() if not result.ok] == []


def test_every_rule_has_examples_of_both_sorts(detector: Detector) -> None:
    """No shipped rule goes without a case that it must find."""
    ruled = {rule.id for rule in detector.rules if not rule.id.startswith("bundle.")}
    assert {result.rule for result in detector.test() if result.expected} == ruled


def test_every_rule_says_in_english_what_it_finds(detector: Detector) -> None:
    """`rules list` is read by one person, whatever languages the rules are for."""
    for rule in detector.rules:
        assert rule.description
        assert rule.description.isascii()


def test_operator_packs_add_rules(tmp_path: Path) -> None:
    """A pack in the operator's folder works on its own."""
    detector = Detector.load([write(tmp_path, PACK)])
    assert [rule.id for rule in detector.rules] == ["shop.locker"]


def test_later_pack_replaces_a_rule(tmp_path: Path) -> None:
    """A rule of the same id in a later folder takes the place of the earlier one."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    write(first, PACK)
    write(second, PACK.replace("kind: access_code", "kind: pin").replace("value: code", "value: digits"))
    assert [str(rule.kind) for rule in Detector.load([first, second]).rules] == ["pin"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("Parcel locker code: 448812", "Parcel locker code: soon", "shop.locker.match"),
        ("Parcel locker code: see the app", "Parcel locker code: 448812", "shop.locker.nomatch"),
        ('labels: ["parcel locker code"]', 'labels: ["(?=parcel) locker"]', "shop.locker.labels"),
        ("keywords: [parcel locker]", "keyword: [parcel locker]", "rules.shop.locker.keyword"),
        ("kind: access_code", "kind: secretish", "rules.shop.locker.kind"),
        ("value: code", "value: [code", "line"),
        ("rules:", "allow: [abc]\nrules:", "allow"),
        ("rules:", "allow: [11223344]\nrules:", "allow"),
    ],
)
def test_a_bad_pack_is_refused_by_name(tmp_path: Path, old: str, new: str, key: str) -> None:
    """A failing example, a pattern RE2 refuses, an unknown key or kind and broken YAML each name file and key."""
    with pytest.raises(RulesError) as caught:
        Detector.load([write(tmp_path, PACK.replace(old, new))])
    assert caught.value.key.startswith(key)
    assert caught.value.file == tmp_path / "own.yaml"


def test_offsets_count_in_the_part(detector: Detector) -> None:
    """Start and end cut the value out of the part's own text, also beside letters that fold."""
    text = "Hyvää päivää – tässä: Käyttäjätunnus: äijä\nSalasana: Mäntyläinen7 ß"
    (finding,) = detector.find(Letter("", "", (), (Part("body.1", PartRole.BODY, text),)))
    assert text[finding.start : finding.end] == "Mäntyläinen7" == finding.value.reveal()
    assert finding.part == "body.1"


def test_no_secret_in_a_repr(detector: Detector) -> None:
    """Printing a finding shows nothing of the value."""
    (finding,) = detector.find(Letter("", "", (), (Part("body.1", PartRole.BODY, "Password: Kestrel41"),)))
    assert "Kestrel" not in repr(finding)
    assert "Kestrel" not in finding.masked
