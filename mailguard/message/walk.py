"""The walk through a message: header sections, multiparts, nested messages, leaves. One class, since all of it shares a gathering."""

import re

from mailguard.core.part import PartRole
from mailguard.message.attachments import read_blob
from mailguard.message.blob import Blob
from mailguard.message.fields import decode_fields, told_fields
from mailguard.message.gathering import Gathering
from mailguard.message.headers import HeaderSection, decode_value, decode_words, read_header_section
from mailguard.message.normalise import normalise
from mailguard.message.parameters import Parameters, boundaries, read_content_type, read_parameters
from mailguard.message.second_look import TooManyFinds, second_look
from mailguard.message.transfer import encoding_of, undo_encoding
from mailguard.message.tree import Pieces, cut, guess_boundary

_MOST_WAYS = 4
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MESSAGE_TYPES = frozenset(
    {"message/rfc822", "message/global", "message/news", "message/rfc822-headers", "text/rfc822-headers", "text/rfc822"}
)
_REFERRING_TYPES = {
    "message/partial": "it is one piece of a message that was cut up",
    "message/external-body": "its content is somewhere else",
}
_PART_FIELDS = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "content-id"})
_USUAL_PREAMBLE = re.compile(
    rb"\s*This is a (?:multi-?part message in MIME format|cryptographically signed message in MIME format|MIME-encapsulated message)\.?\s*",
    re.I,
)


class Walk:
    """Reads one message into a gathering. Sources have LF line ends and are cut by offsets, not copied, down to the leaves."""

    def __init__(self, into: Gathering) -> None:
        self.into = into
        self.fields: tuple[tuple[str, str], ...] = ()
        """Decoded header fields of the outermost message."""
        self._delimiters: set[bytes] = set()
        self._suspects: dict[bytes, str] = {}

    def read(self, source: bytes) -> None:
        """Read the outermost message. Raises BudgetSpent."""
        start = 0
        if source[:1] == b"\n":
            start = len(source) - len(source.lstrip(b"\n"))
            self.into.unreadable(
                "message", "the message begins with an empty line, and its header may be taken for text"
            )
        try:
            self._read_message(source, start, len(source), "", 0, PartRole.BODY)
        finally:
            for line, path in self._suspects.items():
                if line.removesuffix(b"--") not in self._delimiters and line not in self._delimiters:
                    self.into.unreadable(path, "a line may or may not be the boundary of a part")

    def _read_message(self, source: bytes, start: int, end: int, section: str, depth: int, role: PartRole) -> None:
        header = read_header_section(source, start, end, self.into.meter.budget)
        fields = decode_fields(header)
        if not section and depth == 0:
            self.fields = fields
        self._tell_header(fields, section, role, nested=bool(section))
        path = f"header.{section}" if section else "header"
        self._look_again(fields, path, depth)
        self._note_header(header, path)
        self._read_content(source, header, end, section, depth, role, "text/plain")

    def _read_part(
        self, source: bytes, start: int, end: int, section: str, depth: int, role: PartRole, default: str
    ) -> None:
        self.into.meter.enter_part()
        header = read_header_section(source, start, end, self.into.meter.budget)
        if any(name.lower() not in _PART_FIELDS for name, _ in header.fields):
            self._tell_header(decode_fields(header), section, role, nested=False)
        self._note_header(header, f"header.{section}")
        self._read_content(source, header, end, section, depth, role, default)

    def _tell_header(self, fields: tuple[tuple[str, str], ...], section: str, role: PartRole, nested: bool) -> None:
        if nested:
            lines = "\n".join(f"{name}: {text}" for name, text in told_fields(fields))
            self.into.add(f"{role}.{section}.headers", role, lines)
            return
        for name, text in told_fields(fields):
            if name == "subject" and not section:
                self.into.add("subject", PartRole.SUBJECT, text)
            else:
                self.into.add(f"header.{section}.{name}" if section else f"header.{name}", PartRole.HEADER, text)

    def _look_again(self, fields: tuple[tuple[str, str], ...], path: str, depth: int) -> None:
        """Base64 in header values. Quoted-printable is left out: every signature ends in `=`."""
        try:
            finds = second_look("\n".join(text for _, text in fields).encode("utf-8", "replace"), quoted=False)
        except TooManyFinds:
            finds = []
            self.into.unreadable(path, "the header holds too many encoded pieces")
        for found in finds:
            self._descend(Blob(self.into.next_raw(), PartRole.HEADER, found, depth=depth, archive_depth=1))

    def _note_header(self, header: HeaderSection, path: str) -> None:
        if header.over_budget:
            self.into.unreadable(path, header.over_budget)
        if header.odd:
            self.into.unreadable(path, header.odd)

    def _read_content(
        self, source: bytes, header: HeaderSection, end: int, section: str, depth: int, role: PartRole, default: str
    ) -> None:
        """The body below a header section, in every way that its Content fields can be taken."""
        labels = [decode_value(value) for value in header.all("content-transfer-encoding")]
        types = list(dict.fromkeys(decode_value(value) for value in header.all("content-type")))
        path = f"{role}.{section or '1'}"
        if len({re.sub(r"\s+", "", text).lower() for text in types}) > 1:
            self.into.unreadable(path, "it has several different Content-Type fields")
        if any(_CONTROLS.search(text) for text in (*types, *labels)):
            self.into.unreadable(path, "a Content field holds control characters")
        disposition = read_parameters(decode_value((header.all("content-disposition") or [b""])[0]))
        for text in types[:_MOST_WAYS] or [default]:
            content_type = read_content_type(text)
            main = content_type.main_type.strip()
            if main == "multipart":
                self._read_multipart(
                    source, header.body_start, end, section, depth, role, text, content_type.value, labels
                )
            elif content_type.value in _MESSAGE_TYPES and not (disposition.get("filename") or "").lower().endswith(
                ".p7m"
            ):
                self._read_nested(
                    source, header.body_start, end, section, depth, _role(role, disposition, content_type), labels
                )
            else:
                if content_type.odd and "boundary" in text.lower():
                    self.into.unreadable(path, "its Content-Type is crooked")
                self._read_leaf(
                    source[header.body_start : end], section or "1", depth, role, content_type, disposition, labels
                )

    def _read_multipart(
        self,
        source: bytes,
        start: int,
        end: int,
        section: str,
        depth: int,
        role: PartRole,
        text: str,
        media_type: str,
        labels: list[str],
    ) -> None:
        path = f"{role}.{section or '1'}"
        if media_type == "multipart/encrypted":
            self.into.trouble("encrypted", path, "the message is encrypted")
        if depth >= self.into.meter.budget.depth:
            self.into.unreadable(path, f"parts are nested more than {self.into.meter.budget.depth} deep")
            self._descend(Blob(path, role, source[start:end], "text/plain"))
            return
        source, start, end = self._undo_container_encoding(source, start, end, path, labels)
        candidates, clean = boundaries(text)
        ways = [
            (boundary, cut(source, start, end, boundary, self.into.meter.budget.parts))
            for boundary in self._octets(candidates)
        ]
        ways = [(boundary, pieces) for boundary, pieces in ways if pieces.parts]
        if not clean and source[start:end].strip():
            self.into.unreadable(
                path,
                "its boundary can be read in more than one way"
                if candidates
                else "it is a multipart without a boundary",
            )
        if not ways and source[start:end].strip():
            if clean:
                self.into.unreadable(path, "its boundary does not occur in it")
            guessed = guess_boundary(source, start, end)
            self._descend(Blob(path, role, source[start:end], "text/plain"))
            ways = [(guessed, cut(source, start, end, guessed, self.into.meter.budget.parts))] if guessed else []
        done: list[list[tuple[int, int]]] = []
        for boundary, pieces in ways[:_MOST_WAYS]:
            if pieces.parts not in done:
                done.append(pieces.parts)
                self._read_pieces(source, boundary, pieces, section, depth, role, media_type)

    @staticmethod
    def _octets(candidates: list[str]) -> list[bytes]:
        return list(dict.fromkeys(candidate.encode("utf-8", "replace") for candidate in candidates))

    def _undo_container_encoding(
        self, source: bytes, start: int, end: int, path: str, labels: list[str]
    ) -> tuple[bytes, int, int]:
        """RFC 2045, section 6.4 forbids encoding a multipart; some programs decode it nevertheless."""
        names = [encoding_of(label.rstrip("; ")) for label in labels]
        if not labels or all(name == "identity" for name in names):
            return source, start, end
        decoded = undo_encoding(source[start:end], labels)
        if names != ["quoted-printable"] or decoded.odd:
            self.into.unreadable(path, "a multipart has a transfer encoding")
        if names == ["base64"] and b"--" in decoded.ways[0]:
            unpacked = decoded.ways[0].replace(b"\r\n", b"\n")
            return unpacked, 0, len(unpacked)
        return source, start, end

    def _read_pieces(
        self, source: bytes, boundary: bytes, pieces: Pieces, section: str, depth: int, role: PartRole, media_type: str
    ) -> None:
        path = f"{role}.{section or '1'}"
        self._delimiters.add(b"--" + boundary)
        for line in pieces.suspects:
            self._suspects.setdefault(line, path)
        if pieces.odd:
            self.into.unreadable(path, pieces.odd)
        default = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        self._read_margin(source, pieces.preamble, f"preamble.{section}".rstrip("."), depth)
        for number, (start, end) in enumerate(pieces.parts, 1):
            self._read_part(
                source, start, end, f"{section}.{number}" if section else str(number), depth + 1, role, default
            )
        self._read_margin(source, pieces.epilogue, f"epilogue.{section}".rstrip("."), depth)

    def _read_margin(self, source: bytes, span: tuple[int, int], path: str, depth: int) -> None:
        """Preamble or epilogue: shown by no program, and sent all the same."""
        text = source[span[0] : span[1]]
        if text.strip() and not _USUAL_PREAMBLE.fullmatch(text):
            self._descend(Blob(path, PartRole.BODY, text, "text/plain", depth=depth))

    def _read_nested(
        self, source: bytes, start: int, end: int, section: str, depth: int, role: PartRole, labels: list[str]
    ) -> None:
        if depth >= self.into.meter.budget.depth:
            self.into.unreadable(
                f"{role}.{section or '1'}", f"messages are nested more than {self.into.meter.budget.depth} deep"
            )
            self._descend(Blob(f"{role}.{section or '1'}", role, source[start:end], "text/plain"))
            return
        names = {encoding_of(label.rstrip("; ")) for label in labels}
        if names <= {"identity"}:
            self._read_message(source, start, end, section or "1", depth + 1, role)
            return
        decoded = undo_encoding(source[start:end], labels)
        if decoded.odd:
            self.into.unreadable(f"{role}.{section or '1'}", f"{decoded.odd}")
        for way in decoded.ways[:_MOST_WAYS]:
            message = way.replace(b"\r\n", b"\n")
            self._read_message(message, 0, len(message), section or "1", depth + 1, role)

    def _read_leaf(
        self,
        body: bytes,
        section: str,
        depth: int,
        role: PartRole,
        content_type: Parameters,
        disposition: Parameters,
        labels: list[str],
    ) -> None:
        names = [disposition.get("filename"), content_type.get("name")]
        file_names = list(dict.fromkeys(_clean_name(name) for name in names if name))
        role = _role(role, disposition, content_type)
        file_name = file_names[0] if file_names else None
        path = f"{role}.{section}" + (f":{file_name[:100]}" if file_name else "" if role is PartRole.BODY else ":")
        path = path.rstrip(":")
        for name in file_names:
            self.into.add(f"header.{section}.filename", PartRole.HEADER, name)
        if content_type.value in _REFERRING_TYPES:
            self.into.unreadable(path, _REFERRING_TYPES[content_type.value])
        decoded = undo_encoding(body, labels)
        if decoded.odd and body.strip():
            self.into.unreadable(path, decoded.odd)
        for way in decoded.ways[:6]:
            parameters = content_type.values
            read_blob(
                Blob(path, role, way, content_type.value or "text/plain", file_name, parameters, depth),
                self.into,
                self._open_message,
            )

    def _descend(self, blob: Blob) -> None:
        self.into.meter.enter_part()
        read_blob(blob, self.into, self._open_message)

    def _open_message(self, blob: Blob) -> None:
        """A message that came as a file or out of an envelope of another kind."""
        if blob.depth >= self.into.meter.budget.depth:
            self.into.unreadable(blob.path, f"messages are nested more than {self.into.meter.budget.depth} deep")
            return
        source = blob.data.replace(b"\r\n", b"\n")
        section = blob.path.partition(".")[2] or blob.path
        self._read_message(source, 0, len(source), section, blob.depth + 1, blob.role)


def _role(role: PartRole, disposition: Parameters, content_type: Parameters) -> PartRole:
    named = disposition.get("filename") or content_type.get("name")
    return PartRole.ATTACHMENT if disposition.value == "attachment" or named else role


def _clean_name(name: str) -> str:
    """A file name on one line, decoded even where it is an encoded word, which RFC 2231 forbids and most programs write."""
    return " ".join(normalise(decode_words(name)).split())[:255]
