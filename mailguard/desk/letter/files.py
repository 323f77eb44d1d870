"""The files that hang on a letter: name, type, size, whether they can be read, and the beginning of what they say."""

from collections.abc import Iterator
from dataclasses import dataclass

from mailguard.core.part import Attached, Letter, Part, PartRole, Trouble, Unread
from mailguard.desk.language.catalogue import N_
from mailguard.desk.letter.marking import Marker, Segment, ShownPart

MOST_FILES = 60
_PREVIEW = 2_000
"""Characters of a file that the case page carries; all of it has a page of its own."""
LONGEST_TEXT = 200_000
"""Characters of a file that its own page shows."""


FILE_KINDS: dict[str, str] = {
    "text": N_("text"),
    "pdf": N_("PDF"),
    "ole": N_("Office file of the old kind"),
    "rtf": N_("formatted text"),
    "zip": N_("Office file or archive"),
    "gzip": N_("archive"),
    "tar": N_("archive"),
    "7z": N_("archive"),
    "rar": N_("archive"),
    "bzip2": N_("archive"),
    "xz": N_("archive"),
    "zstd": N_("archive"),
    "cab": N_("archive"),
    "tnef": N_("winmail.dat"),
    "der": N_("signed or encrypted message"),
    "signature": N_("signed or encrypted message"),
    "image": N_("picture"),
    "audio": N_("sound"),
    "video": N_("video"),
    "font": N_("font"),
    "program": N_("program"),
    "database": N_("database"),
    "encrypted": N_("encrypted file"),
    "unknown": N_("unknown type"),
}
"""The types of `message.sniff` in words."""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One file, or a member of an archive."""

    number: int
    """From 1, in the order of the letter."""
    path: str
    name: tuple[Segment, ...]
    """Empty where the file has none."""
    kind: str
    """Type by its first octets; empty where nobody noted it."""
    media_type: str
    size: int | None
    """Octets; None for members of an archive that a worker process opened."""
    depth: int
    """Archives around it."""
    troubles: tuple[Trouble, ...]
    unread: bool
    """Of a type that nothing reads, such as a picture."""
    text: ShownPart | None
    """Its text, or the beginning of it; None where there is none."""
    findings: tuple[int, ...]


@dataclass(slots=True)
class _Place:
    attached: Attached | None = None
    unread: Unread | None = None
    parts: tuple[Part, ...] = ()


def list_files(letter: Letter, marker: Marker) -> tuple[ShownFile, ...]:
    """Every file of the letter, with the beginning of its text."""
    return tuple(_file(letter, marker, number, path, place) for number, path, place in _numbered(letter))


def read_file(letter: Letter, marker: Marker, number: int) -> tuple[ShownFile, tuple[ShownPart, ...]] | None:
    """One file with all its text, in every way in which it was read; None for a number that none has."""
    for own, path, place in _numbered(letter):
        if own == number:
            file = _file(letter, marker, own, path, place)
            return file, tuple(marker.part(part, LONGEST_TEXT) for part in place.parts[:MOST_FILES])
    return None


def file_of(part: str) -> str:
    """The path of the file that a finding's part belongs to."""
    return part.partition("#")[0].partition("~")[0]


def _numbered(letter: Letter) -> Iterator[tuple[int, str, _Place]]:
    places: dict[str, _Place] = {}
    for attached in letter.attached:
        places.setdefault(attached.part, _Place()).attached = attached
    for part in letter.parts:
        if part.role is PartRole.ATTACHMENT:
            place = places.setdefault(file_of(part.path), _Place())
            place.parts = (*place.parts, part)
    for unread in letter.unread:
        places.setdefault(unread.part, _Place()).unread = unread
    for trouble in letter.troubles:
        if trouble.part.startswith("attachment."):
            places.setdefault(file_of(trouble.part), _Place())
    # Members stand behind the archive that holds them, wherever in the walk they were met.
    ordered = sorted(places.items(), key=lambda pair: _order(pair[0]))
    for number, (path, place) in enumerate(ordered, 1):
        yield number, path, place


def _order(path: str) -> tuple[tuple[int, int | str], ...]:
    words = path.replace("/", ".").split(".")
    return tuple((0, int(word)) if word.isascii() and word.isdigit() and len(word) < 9 else (1, word) for word in words)


def _file(letter: Letter, marker: Marker, number: int, path: str, place: _Place) -> ShownFile:
    attached, unread = place.attached, place.unread
    first = place.parts[0] if place.parts else None
    name = next((one.file_name for one in (attached, first, unread) if one is not None and one.file_name), None)
    described = attached or unread
    media = described.media_type if described else first.media_type if first else ""
    return ShownFile(
        number=number,
        path=path,
        name=tuple(marker.repeated(name)) if name else (),
        kind=described.kind if described else "",
        media_type=media,
        size=described.size if described else None,
        depth=path.count("/"),
        troubles=tuple(trouble for trouble in letter.troubles if file_of(trouble.part) == path)[:5],
        unread=unread is not None and first is None,
        text=marker.part(first, _PREVIEW) if first else None,
        findings=tuple(sorted({number for part in place.parts for number in marker.findings_in(part.path)})),
    )
