"""The registry of a worker process: what needs a parser of a library."""

from collections.abc import Mapping

from mailguard.message import attachments
from mailguard.message.blob import Reader
from mailguard.message.extraction.package import read_package
from mailguard.message.extraction.pdf import read_pdf

READERS: Mapping[str, Reader] = {**attachments.READERS, "pdf": read_pdf, "zip": read_package}
