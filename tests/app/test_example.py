"""The shipped example configuration is one that works, and it shows every key."""

import re
import tomllib
from pathlib import Path

from mailguard.core.settings import Settings, load_settings
from mailguard.core.source_settings import KINDS, SourceSettings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "mailguard.toml"
_NOT_YET = {"oidc"}
"""Keys of the contract that this version does not use yet."""


def test_example_is_valid() -> None:
    """It loads as it stands."""
    load_settings(EXAMPLE)


def test_example_shows_every_key() -> None:
    """A key that the example does not name would be learnt by mistyping another one."""
    text = EXAMPLE.read_text(encoding="utf-8")
    shown = set(re.findall(r"^(?:# )?([a-z_]+) = ", text, re.MULTILINE)) | {"sources"}
    keys = {key for section in Settings() for key in type(section[1]).model_fields}
    assert keys - shown == _NOT_YET


def test_example_of_every_kind_of_source_works(tmp_path: Path) -> None:
    """Its tables of sources are read as they stand once the # is taken away, and show every key of every kind."""
    block = re.search(r"^# \[\[register\.sources\]\]\n(?:#.*\n)*", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert block is not None
    file = tmp_path / "mailguard.toml"
    file.write_text(re.sub(r"^# ?", "", block[0], flags=re.MULTILINE), encoding="utf-8")
    assert [source.kind for source in load_settings(file).register_.sources] == list(KINDS)
    shown: dict[str, set[str]] = {}
    for table in tomllib.loads(file.read_text(encoding="utf-8"))["register"]["sources"]:
        shown[table["kind"]] = set(table)
    common = set(SourceSettings.model_fields)
    assert {kind: keys | common for kind, keys in shown.items()} == {k: set(m.model_fields) for k, m in KINDS.items()}
