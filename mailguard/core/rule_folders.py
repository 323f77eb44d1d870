"""Where the rules are: those that come with the program, then the operator's own."""

from pathlib import Path

from mailguard.core.errors import ConfigError
from mailguard.core.settings import Settings

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_rules() -> Path:
    """`rules/` inside an installed package, or beside it in a checkout."""
    inside, beside = _PACKAGE / "rules", _PACKAGE.parent / "rules"
    return inside if inside.is_dir() else beside


def rule_folders(settings: Settings) -> list[Path]:
    """The shipped folder and, after it, the operator's: a later pack overrides an earlier one by its ids."""
    own = settings.rules.folder
    if own is None:
        return [shipped_rules()]
    if not own.is_dir():
        raise ConfigError(None, "rules.folder", f"{own} is no folder")
    return [shipped_rules(), own]
