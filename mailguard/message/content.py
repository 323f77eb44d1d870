"""The Content fields of an entity (RFC 2045, RFC 2183), and everything in them that can be read in two ways."""

import re
from dataclasses import dataclass
from functools import lru_cache

from mailguard.core.part import PartRole
from mailguard.message.headers import HeaderSection, decode_value, decode_words
from mailguard.message.normalise import normalise
from mailguard.message.parameters import LONGEST, Parameters, other_readings, read_parameters

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FIELDS = ("content-type", "content-transfer-encoding", "content-disposition")
_SHORT = 2000
"""Octets of a header section whose Content fields are kept for the next one like it."""
_NAMES = ("filename", "name")
_USUAL = frozenset(
    "charset boundary name filename format delsp type start start-info report-type micalg protocol method size "
    "creation-date modification-date read-date reply-type smime-type component differences access-type id number total "
    "version profile x-unix-mode x-mac-type x-mac-creator x-apple-part-url x-amz-content-sha256".split()
)


@dataclass(frozen=True, slots=True)
class ContentFields:
    """What the Content fields of one entity say."""

    types: tuple[str, ...]
    """Different Content-Type values; one in ordinary mail, none for plain text."""
    encodings: tuple[str, ...]
    """Content-Transfer-Encoding values as they stand."""
    file_names: tuple[str, ...]
    is_attachment: bool
    remarks: tuple[str, ...]
    """Values of parameters that no standard knows, and other readings of crooked ones: room for words that hardly any
    program shows."""
    odd: tuple[str, ...]
    """Clauses about what is crooked in them."""

    def role(self, outer: PartRole) -> PartRole:
        """The role of the entity within something of the outer role: what has a file name is an attachment."""
        return PartRole.ATTACHMENT if self.is_attachment or self.file_names else outer


def read_content_fields(header: HeaderSection) -> ContentFields:
    """Read the Content fields of a header section."""
    values = tuple([tuple(header.all(name)) for name in _FIELDS])
    return _read_often(*values) if len(header.raw) < _SHORT else _read(*values)


def _read(
    written_types: tuple[bytes, ...], written_encodings: tuple[bytes, ...], written_dispositions: tuple[bytes, ...]
) -> ContentFields:
    types, encodings, dispositions = (
        [decode_value(value[: 2 * LONGEST]) for value in written]
        for written in (written_types, written_encodings, written_dispositions)
    )
    read = [read_parameters(text) for text in (*dispositions, *types)]
    others = [other for text in (*dispositions, *types) for other in other_readings(text)]
    odd = []
    if len({re.sub(r"\s+", "", text).lower() for text in types}) > 1:
        odd.append("it has several different Content-Type fields")
    if any(len(text) > LONGEST for text in (*types, *dispositions)):
        odd.append(f"a Content field is longer than {LONGEST} characters")
    if any(len(set(map(str.lower, parameters.every.get("charset", ())))) > 1 for parameters in read):
        odd.append("it names several character sets")
    if any(_CONTROLS.search(text) for text in (*types, *encodings)):
        odd.append("a Content field holds control characters")
    return ContentFields(
        types=tuple(dict.fromkeys(types)),
        encodings=tuple(encodings),
        file_names=tuple(dict.fromkeys(_clean(value) for value in _values(read, _NAMES, wanted=True) if value.strip())),
        is_attachment=any(parameters.value == "attachment" for parameters in read[: len(dispositions)]),
        remarks=tuple(value for value in (*_values(read, _USUAL, wanted=False), *others) if value.strip()),
        odd=tuple(odd),
    )


_read_often = lru_cache(maxsize=256)(_read)
"""Most parts of most letters have one of a dozen headers: 1 us where reading takes 15."""


def _values(read: list[Parameters], names: tuple[str, ...] | frozenset[str], wanted: bool) -> list[str]:
    return [
        value
        for parameters in read
        for name, values in parameters.every.items()
        if (name in names) is wanted
        for value in values
    ]


def _clean(name: str) -> str:
    """A file name on one line; encoded words are decoded, which RFC 2231 forbids and most programs write."""
    return " ".join(normalise(decode_words(name)).split())
