"""Marks in the text of a draft: what is not known, and what stands there in somebody's own words.

Both are private characters of Unicode around a fact's name. No value can bring them along: `one_line` takes them out of
everything that comes from outside.
"""

import re
from dataclasses import dataclass
from typing import Literal

_MARK = re.compile("\ue000(\\w+)\ue001|\ue002(\\w+)\ue003([^\ue004]*)\ue004")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line."""

    text: str
    kind: Literal["plain", "gap", "written"] = "plain"
    field: str = ""
    """The fact that is lacking or is quoted."""


Line = tuple[Run, ...]


def gap(field: str) -> str:
    """The place of a fact that is not known."""
    return f"\ue000{field}\ue001"


def written(field: str, text: str) -> str:
    """A text that a person has put into the register, in whatever language they write."""
    return f"\ue002{field}\ue003{text}\ue004"


def runs_of(text: str, lacking: str, names: dict[str, str]) -> Line:
    """The line without marks. `lacking` is the sentence of a gap with the place `{what}`, `names` are its words."""
    runs = []
    end = 0
    for match in _MARK.finditer(text):
        runs.append(Run(text[end : match.start()]))
        if match[1]:
            runs.append(Run(lacking.format(what=names[match[1]]), "gap", match[1]))
        else:
            runs.append(Run(match[3], "written", match[2]))
        end = match.end()
    runs.append(Run(text[end:]))
    return tuple(run for run in runs if run.text)
