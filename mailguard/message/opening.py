"""Opens blobs: decides by their first octets who reads them, here or in a worker process, and survives all failures."""

from collections.abc import Callable, Mapping

from mailguard.core.part import PartRole
from mailguard.message.archives import ends_as_zip, read_zip
from mailguard.message.attachments import READERS
from mailguard.message.blob import Blob, Descend, Reader
from mailguard.message.budget import BudgetSpent
from mailguard.message.charsets import codec_of
from mailguard.message.extractor import EXTRACTED_KINDS, ExtractionFailed, Extractor
from mailguard.message.frames import is_moving
from mailguard.message.gathering import Gathering
from mailguard.message.known_texts import KnownTexts
from mailguard.message.sniff import looks_like_text, sniff
from mailguard.message.texts import read_text

_MESSAGE_STARTS = (
    b"return-path:",
    b"received:",
    b"from:",
    b"mime-version:",
    b"content-type:",
    b"delivered-to:",
    b"message-id:",
    b"x-",
    b"date:",
    b"subject:",
)


class Opener:
    """Reads the blobs of one message into its gathering. `message_opener` gives what reads a message within one; None
    once the walk is gone that it belongs to, which opens the blobs, so that it never is."""

    def __init__(
        self,
        into: Gathering,
        message_opener: Callable[[], Descend | None],
        readers: Mapping[str, Reader] | None = None,
        extractor: Extractor | None = None,
        texts: KnownTexts | None = None,
    ) -> None:
        self._into = into
        self._message_opener = message_opener
        self._readers = READERS if readers is None else readers
        self._extractor = extractor
        self._texts = texts

    def open(self, blob: Blob) -> None:
        """Give a blob to its reader, unless it is a text that came before. Raises BudgetSpent."""
        if not blob.data or blob.data.isspace():
            return
        texts = self._texts
        key = texts.key_of(blob) if texts is not None else None
        if texts is None or key is None:
            self._open(blob)
        elif not texts.tell(key, self._into):
            before = self._into.mark()
            self._open(blob)
            if (came := self._into.texts_since(before)) is not None:
                texts.keep(key, *came)

    def _open(self, blob: Blob) -> None:
        """Sniff it and choose the reader."""
        kind = sniff(blob.data, blob.media_type, blob.file_name)
        if kind == "unknown" and blob.media_type.startswith("text/"):
            kind = self._trust_text(blob)
        if blob.role is PartRole.ATTACHMENT:
            # A crooked body is read in several ways: the first is the likeliest.
            self._into.attached.setdefault(blob.path, blob.as_attached(kind))
        # A word of base64 in the text of the innermost file is read; what that would wrap up is not.
        if blob.archive_depth > self._into.meter.budget.archive_depth + (kind == "text"):
            self._into.unreadable(blob.path, "it is packed or encoded too many times over")
        elif kind == "text" and _is_message(blob):
            self._open_message(blob)
        elif self._extractor is not None and (kind in EXTRACTED_KINDS or self._is_moving(blob, kind)):
            self._hand_over(blob, kind, self._extractor)
        else:
            self._read(blob, kind)

    def _descend(self, inner: Blob) -> None:
        self._into.meter.enter_part()
        self.open(inner)

    def _open_message(self, blob: Blob) -> None:
        open_message = self._message_opener()
        if open_message is None:
            raise RuntimeError("the walk is gone")
        open_message(blob)

    def _is_moving(self, blob: Blob, kind: str) -> bool:
        """Whether it is a picture whose frames are to be unpacked by a library."""
        return kind == "image" and self._into.wants_pictures and is_moving(blob.data)

    def _read(self, blob: Blob, kind: str) -> None:
        reader = self._readers.get(kind, self._readers["unknown"])
        try:
            reader(blob, self._into, self._descend)
            if kind not in ("zip", "text") and ends_as_zip(blob.data):
                read_zip(blob, self._into, self._descend)  # two types at once: some program opens it as the other one
            if kind not in ("text", "rtf") and (_is_shown(blob) or looks_like_text(blob.data)):
                read_text(blob, self._into, self._descend)
        except BudgetSpent:
            raise
        except Exception:
            # Parsers of hostile octets raise anything at all, and the text of it may quote the letter.
            self._into.unreadable(blob.path, f"the attachment is a broken {kind} file")

    def _hand_over(self, blob: Blob, kind: str, extractor: Extractor) -> None:
        """Have a worker process read it, with all that is packed into it."""
        meter = self._into.meter
        started, seconds = meter.start_extraction(), 0.0
        try:
            extract = extractor.extract(blob, kind, meter.remaining())
            seconds = extract.seconds
        except ExtractionFailed as failed:
            seconds = failed.seconds
            self._into.unreadable(blob.path, failed.text)
            return
        finally:
            meter.end_extraction(started, seconds)
        self._into.take(extract.parts, extract.troubles, extract.unread)
        for picture in extract.pictures:
            self._into.picture(picture)
        meter.enter_extracted(extract.entered, extract.expanded)

    def _trust_text(self, blob: Blob) -> str:
        """What is labelled text is read as text; without a wide or EBCDIC character set that explains the controls it
        is no letter."""
        codec = codec_of(blob.parameters.get("charset", "")) or ""
        if not codec.startswith(("utf-16", "utf-32", "cp037", "cp273", "cp500", "cp1026", "cp1140")):
            self._into.unreadable(blob.path, "it is called text and is not")
        return "text"


def _is_shown(blob: Blob) -> bool:
    """Whether a mail program shows these octets as text whatever they begin with: a body part that is called text."""
    return blob.file_name is None and blob.archive_depth == 0 and blob.media_type.startswith("text/")


def _is_message(blob: Blob) -> bool:
    """Whether a text is a message kept as a file (.eml), by name or by its first lines."""
    if blob.extension == "eml" or blob.media_type in ("message/rfc822", "message/global"):
        return True
    if not blob.path.startswith("attachment."):
        return False
    head = blob.data[:4000].lower()
    return head.startswith(_MESSAGE_STARTS) and (
        b"\ncontent-type:" in head or b"\nmime-version:" in head or b"\nmessage-id:" in head
    )
