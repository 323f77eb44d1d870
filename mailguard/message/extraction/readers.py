"""The registry of a worker process: what needs a parser of a library."""

from collections.abc import Mapping
from functools import partial

import mailguard.message.office  # noqa: F401 - before the worker is confined, and may open no more files
from mailguard.message import attachments
from mailguard.message.blob import Reader
from mailguard.message.extraction.compound import read_compound
from mailguard.message.extraction.moving import read_frames
from mailguard.message.extraction.package import read_package
from mailguard.message.extraction.packed import read_7z, read_bzip2, read_tar, read_xz, read_zstd
from mailguard.message.extraction.pdf import read_pdf
from mailguard.message.extraction.tnef import read_tnef
from mailguard.message.pictures import read_picture

READERS: Mapping[str, Reader] = {
    **attachments.READERS,
    "7z": read_7z,
    "bzip2": read_bzip2,
    "image": partial(read_picture, frames=read_frames),
    "ole": read_compound,
    "pdf": read_pdf,
    "tar": read_tar,
    "tnef": read_tnef,
    "xz": read_xz,
    "zip": read_package,
    "zstd": read_zstd,
}
