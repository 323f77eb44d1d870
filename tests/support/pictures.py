"""Pictures of text, as scanners, phones and people who take pictures of their screen make them."""

from io import BytesIO

import pypdfium2
from weasyprint import HTML

from mailguard.message.pictures import write_png

_STYLE = "@page { size: 640px 240px; margin: 20px } body { font: 20px 'DejaVu Sans' }"


def render(text: str, scale: float = 2) -> tuple[int, int, bytes]:
    """Width, height and 8 bit greys of a text on white paper."""
    document = HTML(string=f"<style>{_STYLE}</style><p>{text}").write_pdf()
    bitmap = pypdfium2.PdfDocument(document)[0].render(scale=scale, grayscale=True)
    octets = bytes(bitmap.buffer)
    rows = (octets[row * bitmap.stride : row * bitmap.stride + bitmap.width] for row in range(bitmap.height))
    return bitmap.width, bitmap.height, b"".join(rows)


def png_of(text: str, scale: float = 2) -> bytes:
    """As PNG."""
    return write_png(*render(text, scale))


def tiff_of(text: str) -> bytes:
    """As TIFF 6.0, not compressed: a header, one directory, one strip."""
    width, height, grey = render(text)
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8 + 2 + 12 * 8 + 4),
        (278, 4, height),
        (279, 4, len(grey)),
    ]
    directory = b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, kind, value in entries
    )
    return b"II*\0" + (8).to_bytes(4, "little") + len(entries).to_bytes(2, "little") + directory + bytes(4) + grey


def bmp_of(text: str) -> bytes:
    """As BMP of 8 bit with a palette of greys."""
    width, height, grey = render(text)
    palette = b"".join(bytes((shade, shade, shade, 0)) for shade in range(256))
    padding = bytes(-width % 4)
    rows = b"".join(grey[row * width : (row + 1) * width] + padding for row in reversed(range(height)))
    start = 14 + 40 + len(palette)
    head = b"BM" + (start + len(rows)).to_bytes(4, "little") + bytes(4) + start.to_bytes(4, "little")
    fields = (
        (40, 4),
        (width, 4),
        (height, 4),
        (1, 2),
        (8, 2),
        (0, 4),
        (len(rows), 4),
        (0, 4),
        (0, 4),
        (256, 4),
        (0, 4),
    )
    return head + b"".join(value.to_bytes(size, "little") for value, size in fields) + palette + rows


def scan_of(text: str, pages: int = 1) -> bytes:
    """A PDF file whose pages are pictures, as a scanner writes it: no letter of text in it."""
    document = pypdfium2.PdfDocument.new()
    width, height, grey = render(text)
    for _ in range(pages):
        page = document.new_page(width / 2, height / 2)
        picture = pypdfium2.PdfImage.new(document)
        picture.set_bitmap(_bitmap(width, height, grey))
        picture.set_matrix(pypdfium2.PdfMatrix().scale(width / 2, height / 2))
        page.insert_obj(picture)
        page.gen_content()
    return _saved(document)


def _bitmap(width: int, height: int, grey: bytes) -> pypdfium2.PdfBitmap:
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pypdfium2.raw.FPDFBitmap_Gray)
    for row in range(height):
        start = row * bitmap.stride
        bitmap.buffer[start : start + width] = grey[row * width : (row + 1) * width]
    return bitmap


def _saved(document: pypdfium2.PdfDocument) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()
