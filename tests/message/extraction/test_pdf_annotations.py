"""What hangs on the pages of PDF files and in them: notes, fields, stamps, files; and streams of every filter."""

import base64
import zlib
from collections.abc import Callable

import pytest

from mailguard.core.part import Letter
from tests.message.writing import LINE, SECRET, text_of
from tests.support.pdf import join_objects

Read = Callable[..., Letter]

AREA = "/Rect [150 690 450 720]"
FORM = "/AcroForm << /Fields [8 0 R] >>"
FILE = "<< /Type /Filespec /F (a.txt) /UF (a.txt) /EF << /F 9 0 R >> >>"
TREE = "/Names << /EmbeddedFiles << /Names [(a) 8 0 R] >> >>"
NOT_TEXT = "%" + "\1" * 100 + "\n"
"""A file is read as a text too, unless there are octets like these in it."""


def stream(data: bytes, entries: str = "") -> str:
    """An object with such octets."""
    return f"<< {entries} /Length {len(data)} >>\nstream\n{data.decode('latin-1')}\nendstream"


def document(annotation: str, catalogue: str = "", *more: str, content: str = "Hei", packed: str = "") -> bytes:
    """One page with a word and an annotation; object 6 draws the secret, further objects count from 8 on."""
    words = f"BT /F 11 Tf 72 700 Td ({content}) Tj ET".encode()
    drawing = f"BT /F 11 Tf 0 10 Td ({SECRET}) Tj ET".encode()
    look = "/Type /XObject /Subtype /Form /BBox [0 0 300 30] /Resources << /Font << /F 5 0 R >> >>"
    return join_objects(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< {NOT_TEXT} /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [7 0 R] "
            "/Resources << /Font << /F 5 0 R >> >> >>",
            stream(FILTERS[packed](words), f"/Filter {packed}") if packed else stream(words),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            stream(drawing, look),
            f"<< /Type /Annot {AREA} {annotation} >>",
            *more,
        ]
    )


def field(entries: str) -> tuple[str, str, str]:
    """A widget of a field, and the field."""
    return "/Subtype /Widget /Parent 8 0 R", FORM, f"<< /T (Kenttä) /Kids [7 0 R] {entries} >>"


RICH = f"(<body xmlns='http://www.w3.org/1999/xhtml'><p>Salasana: <b>{SECRET}</b></p></body>)"
SAID = {
    "a note": document(f"/Subtype /Text /Contents ({LINE})"),
    "its author": document(f"/Subtype /Text /Contents (Hei) /T ({LINE})"),
    "its subject": document(f"/Subtype /Text /Contents (Hei) /Subj ({LINE})"),
    "its rich text": document(f"/Subtype /Text /Contents (Hei) /RC {RICH}"),
    "the window of a note": document(f"/Subtype /Popup /Contents ({LINE})"),
    "text over the page": document(f"/Subtype /FreeText /DA (/F 11 Tf) /Contents ({LINE})"),
    "rich text over the page": document(f"/Subtype /FreeText /DA (/F 11 Tf) /RC {RICH}"),
    "a field": document(*field(f"/FT /Tx /V ({LINE})")),
    "a field whose value is a stream": document(*field("/FT /Tx /V 9 0 R"), stream(LINE.encode())),
    "a field beside the form": document(f"/Subtype /Widget /FT /Tx /T (a) /V ({LINE})", "/AcroForm << /Fields [] >>"),
    "a field without a form": document(f"/Subtype /Widget /FT /Tx /T (a) /V ({LINE})"),
    "the name of a field": document(*field(f"/FT /Tx /TU ({LINE})")),
    "a choice": document(*field(f"/FT /Ch /Opt [(a) ({LINE})]")),
    "the choice that was made": document(*field(f"/FT /Ch /V (k) /Opt [[(k) ({LINE})]]")),
}
DRAWN = {
    "a stamp": document("/Subtype /Stamp /AP << /N 6 0 R >>", content="Salasana:"),
    "text over the page": document("/Subtype /FreeText /AP << /N 6 0 R >>", content="Salasana:"),
    "a field": document("/Subtype /Widget /FT /Tx /T (a) /AP << /N 6 0 R >>", FORM, "null", content="Salasana:"),
    "a field without a form": document("/Subtype /Widget /FT /Tx /AP << /N 6 0 R >>", content="Salasana:"),
}


def lzw(data: bytes) -> bytes:
    """Codes of nine bits that are never longer, since the table is cleared in time (ISO 32000-1, section 7.4.4)."""
    codes = [code for start in range(0, len(data), 200) for code in (256, *data[start : start + 200])]
    bits = "".join(f"{code:09b}" for code in (*codes, 257))
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def run_lengths(data: bytes) -> bytes:
    """Runs of octets as they are."""
    pieces = (data[start : start + 100] for start in range(0, len(data), 100))
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces) + b"\x80"


FILTERS: dict[str, Callable[[bytes], bytes]] = {
    "/FlateDecode": zlib.compress,
    "/ASCII85Decode": lambda data: base64.a85encode(data) + b"~>",
    "/ASCIIHexDecode": lambda data: data.hex().encode() + b">",
    "/LZWDecode": lzw,
    "/RunLengthDecode": run_lengths,
    "[/ASCIIHexDecode /FlateDecode]": lambda data: zlib.compress(data).hex().encode() + b">",
}


@pytest.mark.parametrize("name", SAID)
def test_what_annotations_say_is_read(read: Read, name: str) -> None:
    """Whether or not anything of it is drawn on the page."""
    letter = read("a.pdf", SAID[name])
    assert LINE in text_of(letter, "attachment.2#notes")
    assert letter.troubles == ()


@pytest.mark.parametrize("name", DRAWN)
def test_what_annotations_draw_is_read_at_its_place(read: Read, name: str) -> None:
    """The look of a filled field stands behind the label that is printed on the page."""
    letter = read("a.pdf", DRAWN[name])
    assert " ".join(text_of(letter, "attachment.2").split()) == LINE
    assert letter.troubles == ()


@pytest.mark.parametrize(
    "made",
    [
        document("/Subtype /FileAttachment /FS 8 0 R", "", FILE, stream(LINE.encode())),
        document("/Subtype /Text", TREE, FILE, stream(LINE.encode())),
    ],
    ids=["on a page", "in the document"],
)
def test_files_are_read_with_their_names(read: Read, made: bytes) -> None:
    """A pin on a page carries a file as well as the document does."""
    letter = read("a.pdf", made)
    assert text_of(letter, "attachment.2/1") == LINE
    assert text_of(letter, "attachment.2#names").strip() == "a.txt"


def test_what_is_said_of_a_file_is_read(read: Read) -> None:
    """Programs show it beside the name; a file without octets is no trouble, and one that is not there is."""
    file = FILE.replace("/UF", f"/Desc ({LINE}) /UF")
    letter = read("a.pdf", document("/Subtype /Text", TREE, file, stream(b"")))
    assert LINE in text_of(letter, "attachment.2#names")
    assert letter.troubles == ()
    missing = document("/Subtype /Text", TREE, file)
    assert [trouble.text for trouble in read("a.pdf", missing).troubles] == ["a file in the PDF file cannot be read"]


def test_a_spoken_note_is_a_recording(read: Read) -> None:
    """A sound that hangs on a page is one as much as an attached one."""
    made = document("/Subtype /Sound /Sound 8 0 R", "", stream(bytes(50), "/Type /Sound /R 8000"))
    assert [trouble.kind for trouble in read("a.pdf", made).troubles] == ["recording"]


@pytest.mark.parametrize("name", FILTERS)
def test_streams_of_every_filter_are_read(read: Read, name: str) -> None:
    """The words of a page, and a file."""
    page = read("a.pdf", document("/Subtype /Text", content=LINE, packed=name))
    assert text_of(page, "attachment.2") == LINE
    file = stream(FILTERS[name](LINE.encode()), f"/Type /EmbeddedFile /Filter {name}")
    assert text_of(read("a.pdf", document("/Subtype /Text", TREE, FILE, file)), "attachment.2/1") == LINE


def test_a_filter_that_is_not_read_is_trouble(read: Read) -> None:
    """A page would pass as if it were empty."""
    made = document("/Subtype /Text").replace(b"/Length", b"/Filter /BrotliDecode /Length")
    assert "a part of the PDF file is packed in a way that is not read" in [
        trouble.text for trouble in read("a.pdf", made).troubles
    ]


def test_too_many_notes_are_trouble(read: Read) -> None:
    """And so are the choices of a field without end."""
    many = document("/Subtype /Text").replace(b"/Annots [7 0 R]", b"/Annots [" + b"7 0 R " * 20_001 + b"]")
    assert [trouble.text for trouble in read("a.pdf", many).troubles] == [
        "a page of the PDF file has more than 20000 notes"
    ]
    choices = document(*field(f"/FT /Ch /Opt [{'(a) ' * 2001}]"))
    assert [trouble.text for trouble in read("a.pdf", choices).troubles] == [
        "a field of the PDF file has more than 2000 choices"
    ]
