"""The shipped example configuration is one that works, and it shows every key."""

import re
import tomllib
from pathlib import Path

from mailguard.core.settings import OidcSettings, Settings, load_settings
from mailguard.core.settings.sources import KINDS, SourceSettings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "mailguard.toml"
_SOURCES = r"^# \[\[register\.sources\]\]\n(?:#.*\n)*"
"""The block of its tables, a regular expression over lines."""


def test_example_is_valid() -> None:
    """It loads as it stands."""
    load_settings(EXAMPLE)


def test_example_shows_every_key() -> None:
    """A key that the example does not name, in its own section, would be learnt by mistyping another one."""
    shown: dict[str, set[str]] = {}
    section = ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"(?:# )?\[+([a-z_.]+)\]", line):
            section = heading[1]
            parent, _, table = section.partition(".")
            shown.setdefault(parent, set()).add(table)
        if key := re.match(r"(?:# )?([a-z_]+) = ", line):
            shown.setdefault(section, set()).add(key[1])
    keys = {name.rstrip("_"): set(type(section).model_fields) for name, section in Settings()}
    missing = {name: found for name, known in keys.items() if (found := known - shown.get(name, set()))}
    assert missing == {}


def test_example_shows_every_key_of_the_provider() -> None:
    """Its table is optional as a whole, so the settings without a file do not name its keys."""
    table = EXAMPLE.read_text(encoding="utf-8").partition("# [desk.oidc]\n")[2].partition("\n\n")[0]
    shown = set(re.findall(r"^# ([a-z_]+) = ", table, flags=re.MULTILINE))
    assert shown == set(OidcSettings.model_fields)


def test_example_works_with_every_key(tmp_path: Path) -> None:
    """What it shows behind a # is read as it stands, but for the operator's own files and the tables of sources."""
    text = re.sub(_SOURCES, "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^# (?=\[+[a-z]|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    file = tmp_path / "mailguard.toml"
    file.write_text(re.sub(r"^templates.*$", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert load_settings(file).incidents.clocks[0].hours == 12


def test_example_of_every_kind_of_source_works(tmp_path: Path) -> None:
    """Its tables of sources are read as they stand once the # is taken away, and show every key of every kind."""
    block = re.search(_SOURCES, EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert block is not None
    file = tmp_path / "mailguard.toml"
    file.write_text(re.sub(r"^# ?", "", block[0], flags=re.MULTILINE), encoding="utf-8")
    assert [source.kind for source in load_settings(file).register_.sources] == list(KINDS)
    shown: dict[str, set[str]] = {}
    for table in tomllib.loads(file.read_text(encoding="utf-8"))["register"]["sources"]:
        shown[table["kind"]] = set(table)
    common = set(SourceSettings.model_fields)
    assert {kind: keys | common for kind, keys in shown.items()} == {k: set(m.model_fields) for k, m in KINDS.items()}
