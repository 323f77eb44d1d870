"""OLE compound files (old Office documents, Outlook messages) without a worker process: only whether they are
encrypted. Their text is read in `extraction/compound.py`."""

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering

_ENCRYPTED_STREAMS = tuple(
    name.encode("utf-16-le") for name in ("EncryptedPackage", "EncryptedSummary", "EncryptionInfo")
)


def read_ole(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Trouble when the directory names a stream of an encrypted document (MS-OFFCRYPTO, section 2.3)."""
    if any(name in blob.data for name in _ENCRYPTED_STREAMS):
        into.trouble("encrypted", blob.path, "the attachment is a password-protected Office document")
    into.unread.append(blob.as_unread("ole"))
