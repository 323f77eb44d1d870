"""PDF: the words of every page, its tables, notes, form fields, links, properties and embedded files."""

import ctypes
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from mailguard.message.blob import Blob, Descend
from mailguard.message.extraction.annotations import read_annotations, wide
from mailguard.message.extraction.lists import Lists
from mailguard.message.extraction.page_layout import read_rows, read_tables
from mailguard.message.extraction.xfa import read_form
from mailguard.message.gathering import Gathering
from mailguard.message.pictures import MOST_PIXELS, page_of, write_png
from mailguard.message.tables import unroll_all

_MOST_PAGES = 3000
"""Printed contracts have hundreds; a thousand pages of text take about two seconds."""
_MOST_TITLES = 2000
_DOTS_PER_POINT = 200 / 72
"""200 dots an inch: what scanners of letters make, and Tesseract reads well."""
_FEW_WORDS = 40
"""Of a page that is a scan all the same: what a fax machine or an archive prints over it."""
_MOSTLY = 0.4
"""Share of a page that its pictures cover."""
_MOST_FILES = 100
_UNKNOWN_FILTER = b"/BrotliDecode"
"""Of ISO/TS 32009; PDFium leaves such a stream out without a word."""
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
    if _UNKNOWN_FILTER in blob.data:
        into.unreadable(blob.path, "a part of the PDF file is packed in a way that is not read")
    with closing(document):
        document.init_forms()
        files = _read_pages(document, blob, into)
        properties = "\n".join(value for value in document.get_metadata_dict(skip_empty=True).values())
        titles = "\n".join(bookmark.get_title() for bookmark in _first(document.get_toc(), _MOST_TITLES))
        into.add(f"{blob.path}#properties", blob.role, f"{properties}\n{titles}", "application/pdf", blob.file_name)
        read_form(document, blob, into, descend)
        _read_files(document, files, blob, into, descend)


def _read_pages(document: pypdfium2.PdfDocument, blob: Blob, into: Gathering) -> list[pypdfium2.PdfAttachment]:
    """Add what stands on the pages; gives back the files that hang on them."""
    files: list[pypdfium2.PdfAttachment] = []
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
            annotations = read_annotations(document, page, blob, into)
            if annotations.are_drawn:
                page = _redrawn(document, page, number)
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
        notes += annotations.notes
        files += annotations.files
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
    return files


def _redrawn(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, number: int) -> pypdfium2.PdfPage:
    """The page with what is drawn over it as a part of it: a filled field stands beside its label then."""
    with closing(page):
        if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_FAIL:
            raise pypdfium2.PdfiumError("cannot be flattened")
    return document[number]


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


def _read_files(
    document: pypdfium2.PdfDocument,
    on_pages: list[pypdfium2.PdfAttachment],
    blob: Blob,
    into: Gathering,
    descend: Descend,
) -> None:
    """The files of the document and those that hang on its pages, and what is said of them."""
    files = [document.get_attachment(index) for index in range(min(document.count_attachments(), _MOST_FILES + 1))]
    files += on_pages
    if len(files) > _MOST_FILES:
        into.unreadable(blob.path, f"the PDF file has more than {_MOST_FILES} files in it")
    for file in files[:_MOST_FILES]:
        name = wide(partial(pdfium.FPDFAttachment_GetName, file))
        words = f"{name}\n{wide(partial(pdfium.FPDFAttachment_GetDescription, file))}"
        into.add(f"{blob.path}#names", blob.role, words, "application/pdf", blob.file_name)
        path = into.within(blob.path)
        size = ctypes.c_ulong()
        if not pdfium.FPDFAttachment_GetFile(file, None, 0, size):
            into.unreadable(path, "a file in the PDF file cannot be read")
        elif size.value:
            into.meter.expand(size.value)
            descend(blob.inside(path, bytes(file.get_data()), name or None))


def _first(items: Iterator[pypdfium2.PdfBookmark], most: int) -> Iterator[pypdfium2.PdfBookmark]:
    for count, item in enumerate(items):
        if count >= most:
            return
        yield item
