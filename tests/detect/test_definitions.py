"""Definitions: a piece of a pattern has one place and many users, and a wrong name is said where it stands."""

from pathlib import Path

import pytest
import yaml

from mailguard.core.errors import RulesError
from mailguard.detect.definitions import _USE
from mailguard.detect.pack import Rule, _load, read_packs
from tests.detect.conftest import RULES

_RULE = {
    "id": "door.code",
    "kind": "access_code",
    "keywords": ["%{doors}", "hatch"],
    "pattern": "x",
    "match": ["%{doors}"],
}


def _read(folder: Path, rule: dict[str, object], **packs: dict[str, object]) -> Rule:
    """The rule as it is read beside packs of definitions."""
    (folder / "rule.yaml").write_text(yaml.safe_dump({"rules": [{**_RULE, **rule}]}))
    for name, definitions in packs.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"definitions": definitions}))
    return read_packs([folder]).rules["door.code"][1]


def test_a_list_takes_all_alternatives_and_a_pattern_joins_them(tmp_path: Path) -> None:
    """In a list each alternative is an entry; within a pattern they stand joined; examples stay as they are."""
    rule = _read(tmp_path, {"pattern": "(?:%{doors}) (?P<value>[0-9]+)"}, other={"doors": ["door", "gate"]})
    assert rule.keywords == ("door", "gate", "hatch")
    assert rule.pattern == "(?:door|gate) (?P<value>[0-9]+)"
    assert rule.match == ("%{doors}",)


def test_a_pattern_may_be_a_list_of_alternatives(tmp_path: Path) -> None:
    """A long pattern is written one alternative a line."""
    rule = _read(tmp_path, {"pattern": ["the %{doors}", "hatch"]}, other={"doors": ["door", "gate"]})
    assert rule.pattern == "the door|gate|hatch"


def test_definitions_use_definitions_and_the_last_of_a_name_counts(tmp_path: Path) -> None:
    """An operator's pack may put its own words in place of ours."""
    rule = _read(tmp_path, {}, a={"doors": ["%{wood}", "gate"], "wood": "door"}, b={"wood": "portal"})
    assert rule.keywords == ("portal", "gate", "hatch")


@pytest.mark.parametrize(
    ("definitions", "said"),
    [
        ({"door": "x"}, "rules.door.code.keywords: uses %{doors}, which no pack defines; did you mean %{door}?"),
        ({"doors": "%{doors}"}, "rules.door.code.keywords: grows without end: does a definition use itself?"),
        ({"doors": "%{a}%{a}", "a": "%{doors}"}, "rules.door.code.keywords: grows without end"),
        ({"doors": []}, "definitions.doors: give a text, or a list of texts"),
        ({"doors": [1]}, "definitions.doors: give a text, or a list of texts"),
        ({"Doors!": "x"}, "definitions.Doors!: give a name of a-z, digits and _"),
        ([], "definitions: give names with their patterns"),
    ],
)
def test_what_cannot_be_used_is_said_with_file_and_key(
    tmp_path: Path, definitions: dict[str, object], said: str
) -> None:
    """Nothing is guessed: a rule with a hole in its pattern would hold nothing."""
    with pytest.raises(RulesError) as caught:
        _read(tmp_path, {}, other=definitions)
    assert said in str(caught.value)


def test_every_definition_of_ours_is_used() -> None:
    """What no rule names is dead."""
    packs = [file for folder in ("credentials", "personal_data") for file in (RULES / folder).glob("*.yaml")]
    used = {name for file in packs for name in _USE.findall(file.read_text())}
    assert {name for file in packs for name in _load(file).get("definitions", {})} == used


def test_every_definition_of_ours_has_one_place() -> None:
    """Of two with one name the last counts: within our packs one would be gone without a word."""
    packs = [file for folder in ("credentials", "personal_data") for file in (RULES / folder).glob("*.yaml")]
    names = [name for file in packs for name in _load(file).get("definitions", {})]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", sorted(RULES.rglob("*.yaml")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_both_readers_of_yaml_read_a_pack_alike(file: Path) -> None:
    """libyaml takes an unquoted `labou?r` in a list that PyYAML's own reader, the fallback, does not."""
    text = file.read_text(encoding="utf-8")
    assert yaml.load(text, Loader=yaml.SafeLoader) == yaml.load(text, Loader=yaml.CSafeLoader)
