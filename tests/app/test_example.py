"""The shipped example configuration is one that works, and it shows every key."""

import re
from pathlib import Path

from mailguard.core.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "mailguard.toml"
_NOT_YET = {"sources", "oidc"}
"""Keys of the contract that this version does not use yet."""


def test_example_is_valid() -> None:
    """It loads as it stands."""
    load_settings(EXAMPLE)


def test_example_shows_every_key() -> None:
    """A key that the example does not name would be learnt by mistyping another one."""
    text = EXAMPLE.read_text(encoding="utf-8")
    shown = set(re.findall(r"^(?:# )?([a-z_]+) = ", text, re.MULTILINE))
    keys = {key for section in Settings() for key in type(section[1]).model_fields}
    assert keys - shown == _NOT_YET
