"""The letter's text for a reviewer: findings marked in their place, and masked wherever they are repeated."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailguard.cases.finding_parts import part_of
from mailguard.core.part import Letter, Part, PartRole, Trouble
from mailguard.core.secret import MASK

LONGEST_PART = 40_000
"""Characters of one part that the page shows; the page says so when there are more."""
MOST_PARTS = 60
_SHORTEST_REPEAT = 4
_MOST_REPEATS = 500
_HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject", "X-Customer-Id", "Message-ID")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text, or the place of a finding (its number, from 0), whose text is never carried."""

    text: str
    finding: int | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part of the letter as the page shows it."""

    path: str
    name: tuple[Segment, ...]
    media_type: str
    segments: tuple[Segment, ...]
    findings: tuple[int, ...]
    unseen: int
    """Characters beyond what the page shows."""
    readings: tuple["ShownPart", ...] = ()
    """The same part read in other ways: its table by columns, its attributes, what its style hides."""


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """The letter in the parts of the case page."""

    headers: tuple[tuple[str, tuple[Segment, ...]], ...]
    bodies: tuple[ShownPart, ...]
    more_parts: int
    html: tuple[str, ...] = ()
    """Paths of the bodies that are written in HTML."""
    troubles: tuple[Trouble, ...] = ()
    """What could not be read of the letter but its files."""


def show_letter(letter: Letter, marker: "Marker") -> ShownLetter:
    """Its header and bodies, cut at the findings. The masked values are in no segment, so no template can print one."""
    bodies = _grouped(letter)
    return ShownLetter(
        headers=tuple(marker.headers()),
        bodies=tuple(marker.group(group) for group in bodies[:MOST_PARTS]),
        more_parts=max(0, len(bodies) - MOST_PARTS),
        html=tuple(html_paths(letter)),
        troubles=tuple(t for t in letter.troubles if not t.part.startswith("attachment"))[:10],
    )


def html_paths(letter: Letter) -> list[str]:
    """Paths of the bodies that are written in HTML, in their order."""
    bodies = (part for part in letter.parts if part.role is PartRole.BODY)
    return [part.path for part in bodies if part.path.startswith("body.") and part.path.endswith(".html")]


def _grouped(letter: Letter) -> list[list[Part]]:
    """The bodies, each with its other readings (`path#table`) behind it."""
    groups: dict[str, list[Part]] = {}
    for part in letter.parts:
        if part.role is PartRole.BODY:
            groups.setdefault(part.path.partition("#")[0], []).append(part)
    return list(groups.values())


class Marker:
    """Cuts the texts of one letter at its findings."""

    def __init__(self, letter: Letter, findings: Sequence[dict[str, Any]]) -> None:
        self._letter = letter
        self._places: dict[str, list[tuple[int, int, int]]] = {}
        values: dict[str, int] = {}
        for number, finding in enumerate(findings):
            part = part_of(letter, finding)
            if part is None:
                continue
            start, end = finding["start"], finding["end"]
            self._places.setdefault(part.path, []).append((start, end, number))
            value = part.text[start:end].strip()
            if len(value) >= _SHORTEST_REPEAT and len(values) < _MOST_REPEATS:
                values.setdefault(value, number)
        self._values = values
        # Longest first: where one value begins with another, the whole of it is masked.
        ordered = sorted(values, key=len, reverse=True)
        self._repeats = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def group(self, parts: Sequence[Part]) -> ShownPart:
        """A part with its other readings."""
        return replace(self.part(parts[0]), readings=tuple(self.part(part) for part in parts[1:MOST_PARTS]))

    def part(self, part: Part, longest: int = LONGEST_PART) -> ShownPart:
        """One part, so much of it."""
        segments = tuple(self._segments(part.text[:longest], part.path))
        return ShownPart(
            path=part.path,
            name=tuple(self.repeated(part.file_name or part.path)),
            media_type=part.media_type,
            segments=segments,
            findings=self.findings_in(part.path),
            unseen=max(0, len(part.text) - longest),
        )

    def findings_in(self, path: str) -> tuple[int, ...]:
        """Numbers of the findings in a part."""
        return tuple(sorted(number for _, _, number in self._places.get(path, ())))

    def headers(self) -> Iterator[tuple[str, tuple[Segment, ...]]]:
        """The fields that people read."""
        parts = {part.path: part.text for part in self._letter.parts}
        for name in _HEADERS:
            values = self._letter.header_all(name)
            path = "subject" if name == "Subject" else f"header.{name.lower()}"
            if values and path in parts:
                values = (parts[path], *values[1:])
            for index, value in enumerate(values[:5]):
                yield name, tuple(self._segments(value[:2000], path if index == 0 else ""))

    def _segments(self, text: str, path: str) -> Iterator[Segment]:
        at = 0
        for start, end, number in sorted(self._places.get(path, ())):
            if start >= len(text) or end <= at:
                continue
            if start > at:
                yield from self.repeated(text[at:start])
            # Two findings that overlap are one masked place; the part that is left of the second gets its own mark.
            yield Segment(MASK * 6, number)
            at = end
        yield from self.repeated(text[at:])

    def repeated(self, text: str) -> Iterator[Segment]:
        """A text that is no part, such as the name of a file, with what is repeated in it masked."""
        at = 0
        for match in self._repeats.finditer(text) if self._repeats else ():
            if match.start() > at:
                yield Segment(text[at : match.start()])
            yield Segment(MASK * 6, self._values[match.group()], repeated=True)
            at = match.end()
        if at < len(text):
            yield Segment(text[at:])
