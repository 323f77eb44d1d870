"""A draft as plain text, as HTML and as PDF, all three of the same blocks."""

import textwrap
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mailguard.core.paper import print_pdf
from mailguard.incidents.drafts.draft import Block, Draft
from mailguard.incidents.drafts.marks import Line
from mailguard.incidents.drafts.wording import TEMPLATES

_WIDTH = 76


def as_text(draft: Draft) -> str:
    """Ready to be copied into a letter or a form."""
    return "\n\n".join((_wrap(draft.subject), *map(_text, draft.blocks))) + "\n"


def as_html(draft: Draft) -> str:
    """One page without anything from elsewhere; gaps are marked."""
    return str(_layout().render(draft=draft))


def as_pdf(draft: Draft) -> bytes:
    """The page on paper."""
    return print_pdf(as_html(draft))


def _text(block: Block) -> str:
    if block.kind == "heading":
        title = _plain(block.lines[0])
        return f"{title}\n{'-' * len(title)}"
    if block.kind == "list":
        return "\n".join(_wrap(_plain(line), "- ", "  ") for line in block.lines)
    if block.kind == "table":
        return "\n".join(f"{label}:\n{_cell(lines)}" for label, lines in block.rows)
    return "\n".join(_wrap(_plain(line)) for line in block.lines)


def _cell(lines: tuple[Line, ...]) -> str:
    return "\n".join(_wrap(_plain(line), "    ", "    ") for line in lines)


def _plain(line: Line) -> str:
    return "".join(run.text for run in line)


def _wrap(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


@cache
def _layout() -> Any:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("draft.html")
