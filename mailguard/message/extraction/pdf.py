"""PDF: the words of every page, its tables, notes, form fields, links, properties and embedded files."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from mailguard.message.blob import Blob, Descend
from mailguard.message.extraction.lists import Lists
from mailguard.message.extraction.page_layout import read_rows, read_tables
from mailguard.message.extraction.xfa import read_form
from mailguard.message.gathering import Gathering
from mailguard.message.pictures import MOST_PIXELS, page_of, write_png
from mailguard.message.tables import unroll_all

_MOST_PAGES = 3000
"""Printed contracts have hundreds; a thousand pages of text take about two seconds."""
_MOST_NOTES = 2000
_DOTS_PER_POINT = 200 / 72
"""200 dots an inch: what scanners of letters make, and Tesseract reads well."""
_FEW_WORDS = 40
"""Of a page that is a scan all the same: what a fax machine or an archive prints over it."""
_MOSTLY = 0.4
"""Share of a page that its pictures cover."""
_MOST_FILES = 100
_LONGEST_NOTE = 1 << 20
_CLOSED = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)


def read_pdf(blob: Blob, into: Gathering, descend: Descend) -> None:
    """What the document shows, as one part; a page that is only a picture keeps it in the list of unread ones."""
    try:
        document = pypdfium2.PdfDocument(blob.data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) not in _CLOSED:
            raise
        # A password that only restricts printing or changing opens by itself: ISO 32000-1, section 7.6.3.1.
        into.trouble("encrypted", blob.path, "the attachment is a password-protected PDF file")
        into.unread.append(blob.as_unread("pdf"))
        return
    with closing(document):
        document.init_forms()
        _read_pages(document, blob, into)
        properties = "\n".join(value for value in document.get_metadata_dict(skip_empty=True).values())
        titles = "\n".join(bookmark.get_title() for bookmark in _first(document.get_toc(), _MOST_NOTES))
        into.add(f"{blob.path}#properties", blob.role, f"{properties}\n{titles}", "application/pdf", blob.file_name)
        read_form(document, blob, into, descend)
        _read_files(document, blob, into, descend)


def _read_pages(document: pypdfium2.PdfDocument, blob: Blob, into: Gathering) -> None:
    texts: list[str] = []
    tables: list[str] = []
    lists = Lists()
    notes: list[str] = []
    pictures = 0
    room = into.meter.left_to_expand
    if len(document) > _MOST_PAGES:
        into.unreadable(blob.path, f"the PDF file has more than {_MOST_PAGES} pages")
    for number in range(min(len(document), _MOST_PAGES)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            into.unreadable(blob.path, f"page {number + 1} of the PDF file is broken")
            continue
        with closing(page), closing(page.get_textpage()) as text_page:
            text = text_page.get_text_range()
            texts.append(text)
            is_scan = into.wants_pictures and len(text.split()) < _FEW_WORDS and _is_mostly_picture(page)
            if text.strip():
                tables.append(read_tables(lists.take(read_rows(text_page))))
            if is_scan or (not text.strip() and pdfium.FPDFPage_CountObjects(page) > 0):
                pictures += 1
                _keep_page(page, number, blob, into)
            notes += _notes(document, page) if len(notes) < _MOST_NOTES else []
        room -= len(text)
        if room < 0:
            break
    # Pages are one text, since a sentence or table goes on over the page.
    into.add(blob.path, blob.role, "\n".join(texts), "application/pdf", blob.file_name)
    tables += [unroll_all(rows) for rows in lists.tables]
    listed = "\n\n".join("\n".join("\t".join(row) for row in rows) for rows in lists.tables)
    into.add(f"{blob.path}#rows", blob.role, listed, "application/pdf", blob.file_name)
    table = "\n\n".join(table for table in tables if table)
    into.add(f"{blob.path}#table", blob.role, table, "application/pdf", blob.file_name)
    into.add(f"{blob.path}#notes", blob.role, "\n".join(notes), "application/pdf", blob.file_name)
    if pictures or not any(text.strip() for text in texts):
        into.unread.append(blob.as_unread("pdf"))


def _is_mostly_picture(page: pypdfium2.PdfPage) -> bool:
    width, height = page.get_size()
    covered = 0.0
    for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = each.get_bounds()
        covered += abs(right - left) * abs(top - bottom)
    return bool(covered >= _MOSTLY * width * height)


def _keep_page(page: pypdfium2.PdfPage, number: int, blob: Blob, into: Gathering) -> None:
    """A page without any text, as a picture to be read."""
    if not into.wants_pictures:
        return
    width, height = page.get_size()
    scale = min(_DOTS_PER_POINT, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
    path = f"{blob.path}#page{number + 1}"
    if len(into.pictures) < into.meter.budget.pictures:
        bitmap = page.render(scale=scale, grayscale=True)
        octets, across = bytes(bitmap.buffer), bitmap.width
        rows = (octets[row * bitmap.stride : row * bitmap.stride + across] for row in range(bitmap.height))
        png = write_png(across, bitmap.height, b"".join(rows))
        into.meter.expand(len(png))
        into.picture(page_of(path, blob.role, png, blob.file_name))
    else:
        into.picture(page_of(path, blob.role, b"", blob.file_name))


def _notes(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    """What annotations say: comments, form fields as `name: value`, and the addresses of links."""
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if content := _value(annotation, b"Contents"):
                yield content
            if document.formenv is not None:
                of = (document.formenv.raw, annotation)
                value = _wide(partial(pdfium.FPDFAnnot_GetFormFieldValue, *of))
                name = _wide(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, *of))
                name = name or _wide(partial(pdfium.FPDFAnnot_GetFormFieldName, *of))
                if value:
                    yield f"{name}: {value}" if name else value
            if address := _address(document, annotation):
                yield address
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _value(annotation: object, key: bytes) -> str:
    return _wide(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key))


def _wide(ask: Callable[[object, int], int]) -> str:
    """A text that PDFium writes as UTF-16 with its NUL; the first call tells the octets needed."""
    size = ask(None, 0)
    if not 2 < size <= _LONGEST_NOTE:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _address(document: pypdfium2.PdfDocument, annotation: object) -> str:
    link = pdfium.FPDFAnnot_GetLink(annotation)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if not action:
        return ""
    size = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < size <= _LONGEST_NOTE:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.raw[: size - 1].decode("utf-8", "replace")


def _read_files(document: pypdfium2.PdfDocument, blob: Blob, into: Gathering, descend: Descend) -> None:
    count = document.count_attachments()
    if count > _MOST_FILES:
        into.unreadable(blob.path, f"the PDF file has more than {_MOST_FILES} files in it")
    for index in range(min(count, _MOST_FILES)):
        attachment = document.get_attachment(index)
        name, data = attachment.get_name(), bytes(attachment.get_data())
        into.meter.expand(len(data))
        descend(blob.inside(into.within(blob.path), data, name or None))


def _first(items: Iterator[pypdfium2.PdfBookmark], most: int) -> Iterator[pypdfium2.PdfBookmark]:
    for count, item in enumerate(items):
        if count >= most:
            return
        yield item
