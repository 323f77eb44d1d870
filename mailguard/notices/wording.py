"""The words of one language: a folder with `words.yaml` and one template a letter.

A template is a Jinja2 file: first line `Subject: ...`, then paragraphs parted by empty lines. `[facts]`, `[why]`,
`[advice]` and `[link]`, each a paragraph of its own, are put in by `compose`. Whatever a template prints is made one
harmless line.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound

from mailguard.core.errors import ConfigError, InputError
from mailguard.core.one_line import one_line

TEMPLATES = Path(__file__).parent / "templates"

_SECRETS = frozenset({"credential", "one_time_code"})
_DATA = frozenset({"personal_data", "bulk_personal_data", "recording"})
_UNREADABLE = frozenset({"unreadable", "encrypted"})


@dataclass(frozen=True)
class Wording:
    """Sentences and templates of one language."""

    language: str
    words: dict[str, Any]
    templates: Environment

    def why(self, code: str) -> str:
        """One sentence for a reason code; an unknown one gets the general sentence."""
        return str(self.words["why"].get(code) or self.words["why"]["other"])

    def advice(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """How to do it right the next time, one sentence for each kind of reason."""
        kinds = dict.fromkeys(_kind(code) for code in codes)
        return tuple(str(self.words["advice"][kind]) for kind in kinds)

    def write(self, kind: str, values: dict[str, Any]) -> tuple[str, str]:
        """Subject and text of a letter. Raises InputError for a kind that has no template."""
        try:
            text = self.templates.get_template(f"{self.language}/{kind}.txt").render(values)
        except TemplateNotFound:
            raise InputError(f"there is no letter of kind {one_line(kind, 40)!r}") from None
        except TemplateError as error:
            raise ConfigError(f"{self.language}/{kind}.txt", "(template)", type(error).__name__) from None
        head, _, body = text.partition("\n\n")
        return one_line(head.removeprefix("Subject:"), 150), body.strip()


@cache
def load_wording(language: str, folder: Path | None = None) -> Wording:
    """The wording of a language; files in the operator's `folder` (same names) go before ours.

    Raises ConfigError naming the file that cannot be used.
    """
    roots = [root for root in (folder, TEMPLATES) if root is not None]
    words: dict[str, Any] = {}
    for root in reversed(roots):
        for section, value in _read_words(root / language / "words.yaml").items():
            words[section] = words.get(section, {}) | value if isinstance(value, dict) else value
    loader = ChoiceLoader([FileSystemLoader(root) for root in roots])
    # The text is escaped for HTML later, in the layout: the text alternative must not show `&amp;`.
    templates = Environment(loader=loader, undefined=StrictUndefined, finalize=_harmless)  # noqa: S701
    return Wording(language, words, templates)


def _read_words(file: Path) -> dict[str, Any]:
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(file, "(file)", f"cannot be read: {type(error).__name__}") from None
    if not isinstance(read, dict):
        raise ConfigError(file, "(file)", "is no table of words")
    return read


def _harmless(value: object) -> object:
    return one_line(value, 1000) if isinstance(value, str) else value


def _kind(code: str) -> str:
    for kind, codes in (("secret", _SECRETS), ("data", _DATA), ("unreadable", _UNREADABLE)):
        if code in codes:
            return kind
    return "recipient"
