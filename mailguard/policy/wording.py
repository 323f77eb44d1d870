"""The sentences of `rules/wording/<language>.yaml`: loaded, checked, and filled with cleaned values."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel.core import Locale
from babel.dates import format_date, format_timedelta
from babel.lists import format_list

from mailguard.core.errors import RulesError

_FALLBACK = "en"
_locale_of = lru_cache(Locale.parse)
"""Babel asks the disk for the locale's files each time it is given a name: 7 us."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts of one language by their dotted key."""

    language: str
    texts: Mapping[str, str]

    @classmethod
    def load(cls, folders: Sequence[Path], language: str) -> "Wording":
        """English first and over it the language, each from every folder in turn.

        Raises RulesError for a file that cannot be read, an unknown key, and a placeholder that the English text lacks.
        """
        english = _read_all(folders, _FALLBACK)
        if not english:
            raise RulesError(folders[0] if folders else None, f"wording/{_FALLBACK}.yaml", "is missing")
        known = {key: text for key, (_, text) in english.items()}
        texts = dict(known)
        own = _read_all(folders, language) if language != _FALLBACK else {}
        if language != _FALLBACK and not own:
            raise RulesError(folders[0], f"wording/{language}.yaml", "is missing")
        for key, (file, text) in own.items():
            if key not in known:
                raise RulesError(file, key, "unknown key")
            surplus = _places(file, key, text) - _places(file, key, known[key])
            if surplus:
                raise RulesError(file, key, f"unknown placeholder {{{sorted(surplus)[0]}}}")
            texts[key] = text
        return cls(language, texts)

    def say(self, key: str, **values: str) -> str:
        """The text with its values put in. Values must be cleaned before."""
        return self.texts[key].format_map(values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.texts

    def join(self, words: Sequence[str]) -> str:
        """`a, b and c`, after the language's custom (CLDR list patterns)."""
        return format_list(list(dict.fromkeys(words)), locale=_locale_of(self.language))

    def day(self, day: date) -> str:
        """A day as it is written in the language: `16 November 2026`."""
        return format_date(day, format="long", locale=_locale_of(self._locale))

    def ago(self, hours: float) -> str:
        """How long ago: `4 days ago`."""
        return format_timedelta(timedelta(hours=-hours), add_direction=True, locale=_locale_of(self._locale))

    @property
    def _locale(self) -> str:
        # The day before the month, as everywhere but in the United States.
        return "en_GB" if self.language == "en" else self.language


def _read_all(folders: Sequence[Path], language: str) -> dict[str, tuple[Path, str]]:
    texts: dict[str, tuple[Path, str]] = {}
    for folder in folders:
        file = folder / "wording" / f"{language}.yaml"
        if file.is_file():
            texts |= {key: (file, text) for key, text in _flatten(file, _read(file), "").items()}
    return texts


def _read(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesError(file, "(file)", f"cannot be read: {type(error).__name__}") from None


def _flatten(file: Path, value: Any, prefix: str) -> dict[str, str]:
    if isinstance(value, dict):
        flat: dict[str, str] = {}
        for key, inner in value.items():
            flat |= _flatten(file, inner, f"{prefix}.{key}" if prefix else str(key))
        return flat
    if not isinstance(value, str):
        raise RulesError(file, prefix or "(file)", "write a text")
    _places(file, prefix, value)
    return {prefix: value}


def _places(file: Path, key: str, text: str) -> set[str]:
    try:
        names = {name for _, name, spec, conversion in string.Formatter().parse(text) if name is not None}
        if any(not name.isidentifier() for name in names):
            raise ValueError("no plain name")
    except ValueError:
        raise RulesError(file, key, "write placeholders as {name}; double other curly brackets") from None
    return names
