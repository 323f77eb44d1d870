"""A minimal PDF writer: pages of Helvetica text at places (ISO 32000-1, section 7.5 and 9.4)."""

from collections.abc import Sequence

Line = tuple[float, float, str]
"""Left, height above the foot of the page, text (Latin-1)."""


def write_pdf(pages: Sequence[Sequence[Line]], extra: str = "", annotations: Sequence[str] = ()) -> bytes:
    """A document of such pages, 595 x 842 points. `extra`: entries for the catalogue; `annotations`: of page one."""
    contents = [
        "BT /F 11 Tf " + " ".join(f"1 0 0 1 {x} {y} Tm ({_escape(text)}) Tj" for x, y, text in page) + " ET"
        for page in pages
    ]
    first = 4 + len(annotations)
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *annotations,
    ]
    for index, content in enumerate(contents):
        notes = " ".join(f"{4 + note} 0 R" for note in range(len(annotations))) if index == 0 else ""
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> "
            f"/Annots [{notes}] /Contents {first + 2 * index + 1} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    return join_objects(objects)


def lines(*texts: str, left: float = 72, top: float = 770) -> list[Line]:
    """Texts below each other."""
    return [(left, top - 20 * index, text) for index, text in enumerate(texts)]


def join_objects(objects: Sequence[str], trailer: str = "") -> bytes:
    """A file of numbered objects, the first of which is the catalogue, with its cross-reference table."""
    body = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    body += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(body)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
