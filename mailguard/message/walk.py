"""The walk through a message: header sections, multiparts, nested messages, leaves."""

import re
from collections.abc import Mapping
from weakref import WeakMethod

from mailguard.core.part import PartRole
from mailguard.message.blob import Blob, Reader
from mailguard.message.content import ContentFields, read_content_fields
from mailguard.message.extractor import Extractor
from mailguard.message.fields import decode_fields, is_only_about_content, name_in_path, told_fields
from mailguard.message.gathering import Gathering
from mailguard.message.headers import HeaderSection, read_header_section
from mailguard.message.known_texts import KnownTexts
from mailguard.message.opening import Opener
from mailguard.message.parameters import Parameters, boundaries, read_content_type
from mailguard.message.place import Place
from mailguard.message.second_look import TooManyFinds, second_look
from mailguard.message.signs import Sign, signs_of
from mailguard.message.transfer import encoding_of, undo_encoding, undo_encoding_within
from mailguard.message.tree import Pieces, cut, guess_boundary

_MOST_WAYS = 4
"""Readings of one crooked field that are followed; such a message is held anyway."""
_MOST_FIELDS = 100
"""Fields of one header section that are parts of their own; the rest are one together, which is judged faster."""
_LONGEST_NAME = 255
"""Characters of a file name that are kept with its file; all of it is read."""
_MESSAGE_TYPES = frozenset(
    {"message/rfc822", "message/global", "message/news", "message/rfc822-headers", "text/rfc822-headers", "text/rfc822"}
)
_REFERRING_TYPES = {
    "message/partial": "it is one piece of a message that was cut up",
    "message/external-body": "its content is somewhere else",
}
_USUAL_PREAMBLE = re.compile(
    rb"\s*This is a (?:multi-?part message in MIME format|cryptographically signed message in MIME format"
    rb"|MIME-encapsulated message)\.?\s*",
    re.IGNORECASE,
)


class Walk:
    """Reads one message into a gathering.

    Sources have LF line ends and are cut by offsets, not copied, down to the leaves. One class, since all of it shares
    the gathering and the boundaries met so far.
    """

    def __init__(
        self,
        into: Gathering,
        readers: Mapping[str, Reader] | None = None,
        extractor: Extractor | None = None,
        texts: KnownTexts | None = None,
    ) -> None:
        self.into = into
        # Weak, since a walk and an opener that hold each other stay, with the message and its texts, until garbage is
        # looked for, which is seldom (`app/memory.py`): 20 MB in each process after some letters of 43 kB.
        self._opener = Opener(into, WeakMethod(self._open_message), readers, extractor, texts)
        self.fields: tuple[tuple[str, str], ...] = ()
        """Decoded header fields of the outermost message."""
        self._delimiters: set[bytes] = set()
        self._suspects: dict[bytes, str] = {}

    def read(self, source: bytes) -> None:
        """Read the outermost message. Raises BudgetSpent."""
        start = len(source) - len(source.lstrip(b"\n"))
        if start:
            self.into.unreadable("message", "it begins with an empty line, and its header may be taken for text")
        try:
            self._read_message(source, start, len(source), Place())
        finally:
            for line, path in self._suspects.items():
                if line not in self._delimiters and line.removesuffix(b"--") not in self._delimiters:
                    self.into.unreadable(path, "a line may or may not be the boundary of a part")

    def open(self, blob: Blob) -> None:
        """Read a blob that is no part of the tree: an attachment, or what is packed into one. Raises BudgetSpent."""
        self._opener.open(blob)

    def _read_message(self, source: bytes, start: int, end: int, place: Place) -> None:
        """The message in `source[start:end]`; its parts are numbered below `place`."""
        header = read_header_section(source, start, end, self.into.meter.budget)
        fields = decode_fields(header)
        if place.depth == 0:
            self.fields = fields
        self._tell_fields(fields, place, nested=bool(place.section))
        self._look_again(fields, place)
        self._read_entity(source, header, end, place, "text/plain")

    def _read_part(self, source: bytes, start: int, end: int, place: Place, default: str) -> None:
        """A body part: a header section of its own, which mostly speaks of its content only."""
        self.into.meter.enter_section()
        header = read_header_section(source, start, end, self.into.meter.budget)
        if not is_only_about_content(header):
            self._tell_fields(decode_fields(header), place, nested=False)
        self._read_entity(source, header, end, place, default)

    def _tell_fields(self, fields: tuple[tuple[str, str], ...], place: Place, nested: bool) -> None:
        """Header fields as parts: one each for the message and its body parts, one for all of a nested message."""
        if nested:
            lines = "\n".join(f"{name}: {text}" for name, text in told_fields(fields))
            self.into.add(f"{place.path}.headers", place.role, lines)
            return
        told = list(told_fields(fields))
        for name, text in told[:_MOST_FIELDS]:
            if name == "subject" and not place.section:
                self.into.add("subject", PartRole.SUBJECT, text)
            else:
                self.into.add(place.header(name_in_path(name)), PartRole.HEADER, text)
        rest = "\n".join(f"{name}: {text}" for name, text in told[_MOST_FIELDS:])
        self.into.add(place.header(name_in_path("")), PartRole.HEADER, rest)

    def _look_again(self, fields: tuple[tuple[str, str], ...], place: Place) -> None:
        """Base64 in header values. Quoted-printable is left out: every signature ends in `=`."""
        octets = "\n".join([text for _, text in fields]).encode("utf-8", "replace")
        try:
            finds = second_look(octets, signs_of(octets) - {Sign.QUOTED})
        except TooManyFinds:
            finds = []
            self.into.unreadable(place.header(), "the header holds too many encoded pieces")
        for found in finds:
            self._descend(Blob(self.into.next_raw(), PartRole.HEADER, found, depth=place.depth, archive_depth=1))

    def _read_entity(self, source: bytes, header: HeaderSection, end: int, place: Place, default: str) -> None:
        """The body below a header section, in every way that its Content fields can be taken."""
        content = read_content_fields(header)
        for clause in (header.over_budget, header.odd):
            if clause:
                self.into.unreadable(place.header(), clause)
        for clause in content.odd:
            self.into.unreadable(place.path, clause)
        for name in content.file_names:
            self.into.add(place.header("filename"), PartRole.HEADER, name)
        for remark in content.remarks:
            self.into.add(place.header("parameter"), PartRole.HEADER, remark)
        start = header.body_start
        for text in content.types[:_MOST_WAYS] or (default,):
            content_type = read_content_type(text)
            if content_type.main_type == "multipart":
                if self._is_not_too_deep(source, start, end, place):
                    self._read_multipart(source, start, end, place, text, content_type.value, content.encodings)
            elif content_type.value in _MESSAGE_TYPES:
                if self._is_not_too_deep(source, start, end, place):
                    self._read_nested(source, start, end, place.as_role(content.role(place.role)), content.encodings)
            else:
                if content_type.odd and "boundary" in text.lower():
                    self.into.unreadable(place.path, "its Content-Type is crooked")
                self._read_leaf(source, start, end, place, content, content_type)

    def _is_not_too_deep(self, source: bytes, start: int, end: int, place: Place) -> bool:
        if place.depth < self.into.meter.budget.depth:
            return True
        self.into.unreadable(place.path, f"it is nested more than {self.into.meter.budget.depth} deep")
        self._descend(Blob(place.path, place.role, source[start:end], "text/plain", depth=place.depth))
        return False

    def _read_multipart(
        self, source: bytes, start: int, end: int, place: Place, text: str, media_type: str, encodings: tuple[str, ...]
    ) -> None:
        if media_type == "multipart/encrypted":
            self.into.trouble("encrypted", place.path, "the message is encrypted")
        source, start, end = self._undo_container_encoding(source, start, end, place, encodings)
        most = self.into.meter.budget.parts
        candidates, clean = boundaries(text)
        octets = dict.fromkeys(candidate.encode("utf-8", "replace") for candidate in candidates)
        ways = [(boundary, cut(source, start, end, boundary, most)) for boundary in octets]
        ways = [(boundary, pieces) for boundary, pieces in ways if pieces.found]
        has_text = not (clean and ways) and not _is_blank(source[start:end])
        if has_text and not clean:
            self.into.unreadable(
                place.path, "its boundary is read in several ways" if candidates else "its boundary is missing"
            )
        if has_text and not ways:
            self._descend(Blob(place.path, place.role, source[start:end], "text/plain", depth=place.depth))
            if guessed := guess_boundary(source, start, end):
                self.into.unreadable(place.path, "its boundary does not occur in it")
                ways = [(guessed, cut(source, start, end, guessed, most))]
        done: list[list[tuple[int, int]]] = []
        for boundary, pieces in ways[:_MOST_WAYS]:
            if pieces.parts not in done:
                done.append(pieces.parts)
                self._read_pieces(source, boundary, pieces, place, media_type)

    def _undo_container_encoding(
        self, source: bytes, start: int, end: int, place: Place, encodings: tuple[str, ...]
    ) -> tuple[bytes, int, int]:
        """RFC 2045, section 6.4 forbids encoding a multipart; some programs decode it nevertheless."""
        names = [encoding_of(label) for label in encodings]
        if all(name == "identity" for name in names):
            return source, start, end
        decoded = undo_encoding(source[start:end], encodings)
        if names != ["quoted-printable"] or decoded.odd:
            self.into.unreadable(place.path, "a multipart has a transfer encoding")
        if names == ["base64"] and b"--" in decoded.ways[0]:
            unpacked = decoded.ways[0].replace(b"\r\n", b"\n")
            return unpacked, 0, len(unpacked)
        return source, start, end

    def _read_pieces(self, source: bytes, boundary: bytes, pieces: Pieces, place: Place, media_type: str) -> None:
        self._delimiters.add(b"--" + boundary)
        for line in pieces.suspects:
            self._suspects.setdefault(line, place.path)
        if pieces.odd:
            self.into.unreadable(place.path, pieces.odd)
        default = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        self._read_margin(source, pieces.preamble, place.margin("preamble"), place)
        for number, (start, end) in enumerate(pieces.parts, 1):
            self._read_part(source, start, end, place.child(number), default)
        self._read_margin(source, pieces.epilogue, place.margin("epilogue"), place)

    def _read_margin(self, source: bytes, span: tuple[int, int], path: str, place: Place) -> None:
        """Preamble or epilogue: shown by no program, and sent all the same."""
        text = source[span[0] : span[1]]
        if not _is_blank(text) and not _USUAL_PREAMBLE.fullmatch(text):
            self._descend(Blob(path, PartRole.BODY, text, "text/plain", depth=place.depth))

    def _read_nested(self, source: bytes, start: int, end: int, place: Place, encodings: tuple[str, ...]) -> None:
        """A message within. RFC 2046, section 5.2.1 forbids encoding it, and it is done all the same."""
        if all(encoding_of(label) == "identity" for label in encodings):
            self._read_message(source, start, end, place.inside(place.number))
            return
        decoded = undo_encoding(source[start:end], encodings)
        if decoded.odd:
            self.into.unreadable(place.path, decoded.odd)
        for way in decoded.ways[:_MOST_WAYS]:
            message = way.replace(b"\r\n", b"\n")
            self._read_message(message, 0, len(message), place.inside(place.number))

    def _read_leaf(
        self, source: bytes, start: int, end: int, place: Place, content: ContentFields, content_type: Parameters
    ) -> None:
        place = place.as_role(content.role(place.role))
        file_name = content.file_names[0][:_LONGEST_NAME] if content.file_names else None
        if content_type.value in _REFERRING_TYPES:
            self.into.unreadable(place.path, _REFERRING_TYPES[content_type.value])
        decoded = undo_encoding_within(source, start, end, content.encodings)
        if decoded.odd and not _is_blank(source[start:end]):
            self.into.unreadable(place.path, decoded.odd)
        media_type = content_type.value or "text/plain"
        for way in decoded.ways:
            blob = Blob(place.path, place.role, way, media_type, file_name, content_type.values, place.depth)
            self.open(blob)

    def _descend(self, blob: Blob) -> None:
        self.into.meter.enter_part()
        self.open(blob)

    def _open_message(self, blob: Blob) -> None:
        """A message that came as a file or out of an envelope of another kind."""
        place = Place(blob.path.partition(".")[2] or blob.path, blob.depth, blob.role)
        source = blob.data.replace(b"\r\n", b"\n")
        if self._is_not_too_deep(source, 0, 0, place):
            self._read_message(source, 0, len(source), place.inside(place.section))


def _is_blank(octets: bytes) -> bool:
    return not octets or octets.isspace()
