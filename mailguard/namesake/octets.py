"""A letter's text as UTF-8 octets: places are counted in octets, and words decoded only around what is found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mailguard.core.part import Letter, PartRole
from mailguard.namesake.disguises import undisguised

_SPACES = "\u00a0\u2007\u2009\u202f"
"""Spaces that printers put into long numbers."""
_LONGEST = 200_000
"""So many octets are searched for names, addresses and bare numbers; labelled numbers are searched in all of them."""

_SHORT = 2000
_LINE = 60
_MOST_NEW = 5
_GAP = "\x1e"
"""Stands for lines that are left out: no pattern reaches over it."""


@dataclass(frozen=True)
class Text:
    """What a letter says, in one run of octets."""

    octets: bytes

    @classmethod
    def of(cls, letter: Letter) -> "Text":
        """Every text but the header's, each once: a letter says much of its own twice (as HTML, as table)."""
        texts: list[str] = []
        for text in dict.fromkeys(part.text for part in letter.parts if part.role is not PartRole.HEADER):
            texts.append(_unsaid(text, texts) if len(text) > _SHORT and texts else text)
        return cls.from_string("\n".join((*texts, *_file_names(letter))))

    @classmethod
    def from_string(cls, text: str) -> "Text":
        """From one string."""
        if text.isascii():
            return cls(text.encode())
        for space in _SPACES:
            # `str.translate` takes 40 times as long for a text that has none of them.
            text = text.replace(space, " ")
        return cls(undisguised(text.encode("utf-8", "replace")))

    @cached_property
    def head(self) -> bytes:
        """As much as is searched for what has no label."""
        return self.octets[:_LONGEST]

    @cached_property
    def start(self) -> str:
        """The same in characters."""
        return self.head.decode("utf-8", "ignore")

    def string(self, start: int, end: int) -> str:
        """The characters between two places; halves of one at the ends are left out."""
        return self.octets[max(0, start) : max(0, end)].decode("utf-8", "ignore")


def _unsaid(text: str, before: Sequence[str]) -> str:
    """A text without those of its longer lines that stand in a text before it, however that breaks its lines.

    The HTML of a letter repeats its plain text, and half of all that is done here would be done twice.
    """
    lines = text.split("\n")
    long = [number for number, line in enumerate(lines) if len(line) >= _LINE]
    if not long:
        return text
    said, new = " ".join(" ".join(before).split()), 0
    for number in long:
        if lines[number].strip() in said:
            lines[number] = _GAP
        else:
            new += 1
            if new == _MOST_NEW:
                break
    return "\n".join(lines)


def _file_names(letter: Letter) -> Iterator[str]:
    """The names of attached files, as words: `lasku_asiakasnumero_1001.pdf`."""
    names = dict.fromkeys((*(part.file_name for part in letter.parts), *(part.file_name for part in letter.unread)))
    return (name.replace("_", " ") for name in names if name)
