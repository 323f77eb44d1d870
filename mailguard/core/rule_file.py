"""Read one YAML file of the rules' folders."""

from collections.abc import Set
from pathlib import Path
from typing import Any

import yaml

from mailguard.core.errors import RulesError


def read_rule_file(file: Path, keys: Set[str], mend: str) -> dict[str, Any]:
    """The file's mapping. Raises RulesError when it cannot be read, is no mapping (told with `mend`), or has a key that
    is not among `keys`: a misspelt key that is passed over is a rule that does not hold.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesError(file, "(file)", f"cannot be read: {type(error).__name__}") from None
    if not isinstance(content, dict):
        raise RulesError(file, "(file)", mend)
    if unknown := set(content) - keys:
        raise RulesError(file, sorted(map(str, unknown))[0], "unknown key")
    return content
