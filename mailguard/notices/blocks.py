"""A letter as a row of blocks, so that its text and its HTML say the same."""

import textwrap
from dataclasses import dataclass
from typing import Literal

_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Entry:
    """One of several things that the reader may open."""

    title: str
    text: str
    note: str
    url: str
    tone: str
    """How grave it is: `critical`, `high`, `medium`, `low`."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (`text`), a table of facts (`rows`), a list (`items`), things to open (`entries`), a link (`text`,
    `url`), or a code (`text`)."""

    kind: Literal["paragraph", "facts", "list", "entries", "link", "code"]
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    url: str = ""

    @property
    def is_empty(self) -> bool:
        """There is nothing to show."""
        if self.kind == "link":
            return not self.url
        return not (self.text or self.rows or self.items or self.entries)


def blocks_of(text: str, inserts: dict[str, Block]) -> tuple[Block, ...]:
    """Cut a text into paragraphs, and put an insert where a paragraph is its name in square brackets.

    An insert that is empty leaves no trace.
    """
    blocks = []
    for piece in text.split("\n\n"):
        paragraph = " ".join(piece.split())
        insert = inserts.get(paragraph[1:-1]) if paragraph.startswith("[") and paragraph.endswith("]") else None
        blocks.append(insert or Block("paragraph", text=paragraph))
    return tuple(block for block in blocks if not block.is_empty)


def as_text(blocks: tuple[Block, ...], footer: str) -> str:
    """The plain text, wrapped; the footer after the signature mark of RFC 3676, section 4.3."""
    body = "\n\n".join(_text(block) for block in blocks)
    return f"{body}\n\n-- \n{_wrap(footer)}\n"


def _text(block: Block) -> str:
    if block.kind == "facts":
        width = max(len(label) for label, _ in block.rows) + 2
        return "\n".join(_wrap(value, f"{label + ':':<{width}}", " " * width) for label, value in block.rows)
    if block.kind == "list":
        return "\n".join(_wrap(item, "- ", "  ") for item in block.items)
    if block.kind == "entries":
        return "\n\n".join(_entry(entry) for entry in block.entries)
    if block.kind == "link":
        return f"{block.text}:\n{block.url}"
    if block.kind == "code":
        return f"    {block.text}"
    return _wrap(block.text)


def _entry(entry: Entry) -> str:
    return "\n".join(
        (_wrap(f"{entry.title}: {entry.text}", "- ", "  "), _wrap(entry.note, "  ", "  "), f"  {entry.url}")
    )


def _wrap(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
