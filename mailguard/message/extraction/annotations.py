"""What hangs on the pages of a PDF: comments, form fields, the addresses of links, and files (ISO 32000-1, 12.5)."""

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering

_MOST = 20_000
"""Of one page; drawings of buildings have thousands."""
_MOST_OPTIONS = 2000
_LONGEST = 1 << 20
_UNDRAWN = frozenset({pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP})
_TAG = re.compile(r"<[^<>]*>")


class Annotations:
    """Of one page: what they say, and the files that they carry."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.files: list[pypdfium2.PdfAttachment] = []
        self.are_drawn = False
        """Whether any has a look of its own, which may have words in it: stamps, filled fields, text over the page."""


def read_annotations(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, blob: Blob, into: Gathering
) -> Annotations:
    """All annotations of a page; a sound is a trouble."""
    found = Annotations()
    count = pdfium.FPDFPage_GetAnnotCount(page)
    if count > _MOST:
        into.unreadable(blob.path, f"a page of the PDF file has more than {_MOST} notes")
    for index in range(min(count, _MOST)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            found.notes += _texts(annotation, kind)
            if kind == pdfium.FPDF_ANNOT_WIDGET and document.formenv is not None:
                found.notes += _field(document.formenv.raw, annotation, blob, into)
            elif kind == pdfium.FPDF_ANNOT_WIDGET and (value := _value(annotation, b"V")):
                found.notes.append(value)
            if address := _address(document, annotation):
                found.notes.append(address)
            if kind == pdfium.FPDF_ANNOT_SOUND:
                into.trouble("recording", blob.path, "the attachment is a sound recording")
            if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT and (file := pdfium.FPDFAnnot_GetFileAttachment(annotation)):
                found.files.append(pypdfium2.PdfAttachment(file, document))
            found.are_drawn |= kind not in _UNDRAWN and bool(pdfium.FPDFAnnot_HasKey(annotation, b"AP"))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return found


def wide(ask: Callable[[object, int], int]) -> str:
    """A text that PDFium writes as UTF-16 with its NUL; the first call tells the octets needed."""
    size = ask(None, 0)
    if not 2 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _texts(annotation: object, kind: int) -> Iterator[str]:
    """Author and subject, as the note's window shows them, and its text; of rich text (12.7.3.4) what differs."""
    text = _value(annotation, b"Contents")
    if kind not in (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_LINK):
        yield from (value for key in (b"T", b"Subj") if (value := _value(annotation, key)))
    if text:
        yield text
    if kind == pdfium.FPDF_ANNOT_LINK:
        return  # thousands of them stand in a book, and have no text of their own
    for key in (b"RC", b"RV"):
        rich = " ".join(_TAG.sub(" ", _value(annotation, key)).split())
        if rich and rich != " ".join(text.split()):
            yield rich


def _field(form: object, annotation: object, blob: Blob, into: Gathering) -> Iterator[str]:
    """A form field as `name: value`, else its name as it is shown; of a list what is chosen, and its other choices."""
    alternate = wide(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
    name = alternate or wide(partial(pdfium.FPDFAnnot_GetFormFieldName, form, annotation))
    value = wide(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))
    if value or alternate:
        yield f"{name}: {value}" if value and name else value or alternate
    count = pdfium.FPDFAnnot_GetOptionCount(form, annotation)
    if count > _MOST_OPTIONS:
        into.unreadable(blob.path, f"a field of the PDF file has more than {_MOST_OPTIONS} choices")
    for index in range(min(count, _MOST_OPTIONS)):
        label = wide(partial(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, index))
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, index) and label != value:
            yield f"{name}: {label}"
        elif label:
            yield label


def _value(annotation: object, key: bytes) -> str:
    return wide(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key))


def _address(document: pypdfium2.PdfDocument, annotation: object) -> str:
    link = pdfium.FPDFAnnot_GetLink(annotation)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if not action:
        return ""
    size = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.raw[: size - 1].decode("utf-8", "replace")
