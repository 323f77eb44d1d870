"""The words of one language: a folder with `words.yaml` and one template a letter.

A template is a Jinja2 file: first line `Subject: ...`, then paragraphs parted by empty lines. A name in square
brackets that is a paragraph of its own, such as `[facts]` or `[link]`, is the place of what the letter's composer puts
in (`blocks`). Whatever a template prints is made one harmless line. The lessons are those of the rules' wording, which
the desk and the weekly report tell too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound

from mailguard.core.errors import ConfigError, InputError, RulesError
from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.policy.wording import Wording as RulesWording

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Wording:
    """Sentences and templates of one language."""

    language: str
    words: dict[str, Any]
    templates: Environment

    def why(self, code: str) -> str:
        """One sentence for a reason code; an unknown one gets the general sentence."""
        return str(self.words["why"].get(code) or self.words["why"]["other"])

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


def house_wording(settings: Settings) -> Wording:
    """The wording that people of the house are written to in. Raises ConfigError as `load_wording`."""
    return load_wording(settings.notices.language, settings.notices.templates)


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


def lessons(folders: Sequence[Path], language: str, topics: Sequence[str]) -> tuple[str, ...]:
    """What a message teaches, a sentence for each topic that has one (`core.coaching.topics_of`), worst first.

    None while the rules' wording cannot be read: that is told to ops elsewhere, and a letter does not wait for it.
    """
    try:
        wording = _rules_wording(tuple(folders), language)
    except RulesError:
        return ()
    keys = (f"lessons.{topic}" for topic in topics)
    return tuple(dict.fromkeys(wording.say(key) for key in keys if wording.has(key)))


@cache
def _rules_wording(folders: tuple[Path, ...], language: str) -> RulesWording:
    return RulesWording.load(folders, language)


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
