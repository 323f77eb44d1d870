"""The registry of attachment readers, keyed by the type that the first octets show.

A type without a reader is listed in `Letter.unread`; a later reader for PDF, images or old office files has its place
here.
"""

import gzip
import zlib

from mailguard.core.part import Unread
from mailguard.message.archives import ends_as_zip, read_zip
from mailguard.message.blob import Blob, Descend, Reader
from mailguard.message.budget import BudgetSpent
from mailguard.message.charsets import codec_of
from mailguard.message.cms import read_der
from mailguard.message.gathering import Gathering
from mailguard.message.ole import read_ole
from mailguard.message.pdf import read_pdf
from mailguard.message.rich_text import read_rich_text
from mailguard.message.sniff import looks_like_text, sniff
from mailguard.message.texts import read_text


def _read_gzip(blob: Blob, into: Gathering, descend: Descend) -> None:
    unpacker = zlib.decompressobj(wbits=31)
    room = into.meter.left_to_expand
    data = unpacker.decompress(blob.data, room + 1)
    into.meter.expand(len(data))
    name = (blob.file_name or "").removesuffix(".gz")
    descend(blob.inside(f"{blob.path}/{name or 'content'}", data, name or None))


def _is_recording(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.trouble("recording", blob.path, "the attachment is a sound recording")


def _is_encrypted(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.trouble("encrypted", blob.path, "the attachment is encrypted")


def _is_packed(blob: Blob, into: Gathering, descend: Descend) -> None:
    if b"\x06\xf1\x07\x01" in blob.data[-100_000:]:  # 7z's method id of AES-256, in the header at the end of the file
        into.trouble("encrypted", blob.path, "the attachment is a password-protected archive")
    else:
        into.unreadable(blob.path, "the attachment is an archive of a type that is not opened")


def _is_tnef(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.unreadable(blob.path, "the attachment is a winmail.dat container that is not opened")


def _is_unknown(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.unread.append(_unread(blob, "unknown"))
    into.unreadable(blob.path, "the attachment is of an unknown binary type")


READERS: dict[str, Reader] = {
    "text": read_text,
    "zip": read_zip,
    "gzip": _read_gzip,
    "der": read_der,
    "rtf": read_rich_text,
    "ole": read_ole,
    "pdf": read_pdf,
    "audio": _is_recording,
    "encrypted": _is_encrypted,
    "tnef": _is_tnef,
    "unknown": _is_unknown,
    **dict.fromkeys(("7z", "rar", "bzip2", "xz", "zstd", "cab", "tar"), _is_packed),
}


def read_blob(blob: Blob, into: Gathering, open_message: Descend) -> None:
    """Sniff a blob and give it to its reader. `open_message` reads what is a message again. Raises BudgetSpent."""
    if not blob.data.strip():
        return

    def descend(inner: Blob) -> None:
        into.meter.enter_part()
        read_blob(inner, into, open_message)

    kind = sniff(blob.data, blob.media_type, blob.file_name)
    if kind == "unknown" and blob.media_type.startswith("text/"):
        kind = _trust_text(blob, into)
    if blob.archive_depth > into.meter.budget.archive_depth:
        into.unreadable(blob.path, "it is packed or encoded too many times over")
        return
    if kind == "text" and _is_message(blob):
        open_message(blob)
        return
    reader = READERS.get(kind)
    try:
        if reader is not None:
            reader(blob, into, descend)
        if kind not in ("zip", "text") and ends_as_zip(blob.data):
            read_zip(blob, into, descend)  # a file of two types at once: some program opens it as the other one
        if kind not in ("text", "rtf") and (_is_shown(blob) or looks_like_text(blob.data)):
            read_text(blob, into, descend)
    except BudgetSpent:
        raise
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        zlib.error,
        gzip.BadGzipFile,
    ):
        into.unreadable(blob.path, f"the attachment is a broken {kind} file")
    if reader is None or kind in ("ole", "pdf"):
        into.unread.append(_unread(blob, kind))


def _is_shown(blob: Blob) -> bool:
    """Whether a mail program shows these octets as text whatever they begin with: a body part that is called text."""
    return blob.file_name is None and blob.archive_depth == 0 and blob.media_type.startswith("text/")


def _trust_text(blob: Blob, into: Gathering) -> str:
    """What is labelled text is read as text; without a wide or EBCDIC character set that explains the controls it
    is no letter."""
    codec = codec_of(blob.parameters.get("charset", "")) or ""
    if not codec.startswith(("utf-16", "utf-32", "cp037", "cp273", "cp500", "cp1026", "cp1140")):
        into.unreadable(blob.path, "it is called text and is not")
    return "text"


def _is_message(blob: Blob) -> bool:
    """Whether a text is a message kept as a file (.eml), by name or by its first lines."""
    if blob.extension == "eml" or blob.media_type in ("message/rfc822", "message/global"):
        return True
    if not blob.path.startswith("attachment."):
        return False
    head = blob.data[:4000].lower()
    starts = (
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
    return head.startswith(starts) and (
        b"\ncontent-type:" in head or b"\nmime-version:" in head or b"\nmessage-id:" in head
    )


def _unread(blob: Blob, kind: str) -> Unread:
    return Unread(blob.path, kind, blob.media_type, blob.file_name, len(blob.data))
