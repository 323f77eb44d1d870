"""PDF without a worker process: only whether it is encrypted. The text is read in `extraction/pdf.py`."""

import re

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering

_ENCRYPT = re.compile(rb"/Encrypt[\s]{0,20}(?:\d{1,10}\s{1,20}\d{1,10}\s{1,20}R|<<)")


def read_pdf(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Trouble when the trailer or the cross-reference stream names an encryption dictionary (ISO 32000-1, section
    7.6.1)."""
    if _ENCRYPT.search(blob.data):
        into.trouble("encrypted", blob.path, "the attachment is an encrypted PDF file")
    into.unread.append(blob.as_unread("pdf"))
