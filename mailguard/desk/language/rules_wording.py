"""The wording of the rules in the visitor's language: sentences that are made when letters are judged, and lessons."""

from functools import lru_cache
from pathlib import Path

from mailguard.core.rule_folders import rule_folders
from mailguard.core.settings import Settings
from mailguard.desk.language.choice import choice
from mailguard.policy.wording import Wording


def rules_wording(settings: Settings) -> Wording:
    """As the rules' folders have it now. Raises ConfigError while it cannot be read."""
    folders = tuple(rule_folders(settings))
    language = choice().language
    return _wording(folders, language, tuple(_changed(folder, language) for folder in folders))


@lru_cache(maxsize=32)
def _wording(folders: tuple[Path, ...], language: str, changed: tuple[int, ...]) -> Wording:
    return Wording.load(folders, language)


def _changed(folder: Path, language: str) -> int:
    """The moment of the last change; the rules are loaded again while guards serve."""
    files = (folder / "wording" / f"{one}.yaml" for one in ("en", language))
    return max((file.stat().st_mtime_ns for file in files if file.is_file()), default=0)
