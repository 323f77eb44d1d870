"""The words of one language: a folder with `words.yaml` and one text a kind of draft.

The first line of a text is `Subject: ...`; then come paragraphs parted by empty lines. `# Words` is a heading, lines
that begin with `- ` are a list, `[name]` is the place of a table or list that is put in. Which of these a paragraph is
is seen before it is filled, so no value can become a heading.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

from mailguard.incidents.drafts.kinds import DraftKind

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Wording:
    """Words and texts of one language."""

    language: str
    words: dict[str, Any]
    texts: dict[DraftKind, str]

    def label(self, name: str) -> str:
        """What stands before a fact in a table."""
        return str(self.words["labels"].get(name) or self.words["annex"][name])


@cache
def load_wording(language: str) -> Wording:
    """The wording of one of `kinds.LANGUAGES`."""
    folder = TEMPLATES / language
    words = yaml.safe_load((folder / "words.yaml").read_text(encoding="utf-8"))
    return Wording(language, words, {kind: (folder / f"{kind}.txt").read_text(encoding="utf-8") for kind in DraftKind})


_PLAIN = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - escaped where it becomes HTML


@cache
def _compiled(source: str) -> Any:
    return _PLAIN.from_string(source)


def fill(source: str, values: dict[str, Any]) -> str:
    """One paragraph with its values on one line."""
    return " ".join(str(_compiled(source).render(values)).split())
