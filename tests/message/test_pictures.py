"""Pictures when words are read off them: where they are found, which are too small, and which nobody can read."""

import base64
import struct

import pytest

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.picture_size import Size, size_of
from mailguard.message.pictures import write_png
from mailguard.message.read import read_letter
from tests.message.writing import LINE, all_text, attachment, letter, mixed, text_of, zipped

PNG = write_png(300, 100, bytes(300 * 100))
DOT = write_png(20, 20, bytes(20 * 20))
KEPT = "the picture was not read"
"""The trouble of a picture that was to be read: here nobody reads any."""
NO_READER = "the picture is of a format whose words cannot be read"


def heic(width: int, height: int, brand: bytes = b"heic") -> bytes:
    """The beginning of what telephones write."""
    size = b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", width, height)
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + size + bytes(range(256))


def emf(width: int, height: int) -> bytes:
    """The header of an enhanced metafile of a size in hundredths of a millimetre."""
    return struct.pack("<II16xiiii", 1, 108, 0, 0, width, height) + b" EMF" + bytes(64)


def wmf(width: int, height: int) -> bytes:
    """The header of a metafile of a size in pixels."""
    return b"\xd7\xcd\xc6\x9a\0\0" + struct.pack("<hhhhH", 0, 0, width, height, 96) + bytes(64)


def rtf(*pictures: str) -> bytes:
    """A letter with a document that has pictures in it."""
    return letter(mixed(attachment("a.rtf", b"{\\rtf1 Hei " + "".join(pictures).encode() + b"}")))


def office(picture: bytes, name: str) -> bytes:
    """A letter with a text document that has a picture in it."""
    word = {"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}
    free = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}
    members = (word if name.startswith("word/") else free) | {name: picture}
    return letter(mixed(attachment("a.docx", zipped(members))))


def page(html: str) -> bytes:
    """A letter in HTML."""
    return letter(f"Content-Type: text/html; charset=utf-8\n\n{html}\n")


def uri(data: bytes, media_type: str = "image/png") -> str:
    """The address of a picture that stands in the address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def read(raw: bytes, pictures: int = 20) -> Letter:
    """As a guard does that reads words off pictures."""
    return read_letter(raw, Budget(pictures=pictures))


def troubles(letter: Letter) -> list[str]:
    """What is told of each trouble."""
    return [trouble.text for trouble in letter.troubles]


READ = {
    "attached": letter(mixed(attachment("a.png", PNG))),
    "in a page": page(f'<p>Hei <img src="{uri(PNG)}">'),
    "in a page, in capitals and lines": page(
        f"<img src='\n DATA:Image/PNG;BASE64,\n{base64.encodebytes(PNG).decode()}'>"
    ),
    "in a page, percent-encoded": page(f"<img src='data:image/png,{''.join(f'%{octet:02x}' for octet in PNG)}'>"),
    "of several sizes": page(f'<img srcset="{uri(DOT)} 1x, {uri(PNG)} 2x">'),
    "in a style": page(f"<td style=\"background: no-repeat url('{uri(PNG)}')\">Hei"),
    "in a style sheet": page(f"<style>p {{ background: url({uri(PNG)}) }}</style><p>Hei"),
    "in a drawing": letter(mixed(attachment("a.svg", f'<svg><image href="{uri(PNG)}"/></svg>'.encode()))),
    "in a drawing in a page": page(
        f'<img src="{uri(f"<svg><image href={uri(PNG)!r}/></svg>".encode(), "image/svg+xml")}">'
    ),
    "in rich text": rtf(r"{\*\shppict{\pict{\*\picprop{\sp{\sn a}{\sv 75}}}\pngblip\picw300 ", PNG.hex(), "}}"),
    "in rich text, beside a second one": rtf(
        r"{\*\shppict{\pict\pngblip ", PNG.hex(), r"}}{\nonshppict{\pict\wmetafile8\picwgoal6000\pichgoal4000 01}}"
    ),
    "in a Word document": office(PNG, "word/media/image1.png"),
    "in an OpenDocument text": office(PNG, "Pictures/1000.png"),
}
UNREADABLE = {
    "HEIC": letter(mixed(attachment("IMG_1.heic", heic(4032, 3024)))),
    "AVIF": letter(mixed(attachment("a.avif", heic(800, 600, b"avif")))),
    "EMF": letter(mixed(attachment("a.emf", emf(15_000, 9000)))),
    "WMF": letter(mixed(attachment("a.wmf", wmf(600, 400)))),
    "Photoshop": letter(mixed(attachment("a.psd", b"8BPS\0\1" + bytes(8) + struct.pack(">II", 500, 500) + bytes(99)))),
    "HEIC in a page": page(f'<img src="{uri(heic(900, 900), "image/heic")}">'),
    "EMF in a Word document": office(emf(15_000, 9000), "word/media/image1.emf"),
    "EMF in rich text": rtf(r"{\pict\emfblip ", emf(15_000, 9000).hex(), "}"),
    "WMF in rich text": rtf(r"{\pict\wmetafile8\picwgoal6000\pichgoal4000 ", wmf(9, 9)[22:].hex(), "}"),
}
SMALL = {
    "PNG": letter(mixed(attachment("a.png", DOT))),
    "PNG in a page": page(f'<img src="{uri(DOT)}">'),
    "HEIC": letter(mixed(attachment("a.heic", heic(64, 64)))),
    "EMF": office(emf(800, 800), "word/media/image1.emf"),
    "WMF": letter(mixed(attachment("a.wmf", wmf(32, 32)))),
    "WMF in rich text": rtf(r"{\pict\wmetafile8\picwgoal400\pichgoal400 ", wmf(9, 9)[22:].hex(), "}"),
    "icon": letter(mixed(attachment("a.ico", b"\0\0\1\0\1\0\x20\x20\0\0\1\0\x20\0" + bytes(300)))),
}


@pytest.mark.parametrize("name", READ)
def test_pictures_are_found_wherever_they_stand(name: str) -> None:
    """One picture, and it is given to whoever reads words off it."""
    assert troubles(read(READ[name])) == [KEPT]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_format_that_nobody_reads_holds_the_message(name: str) -> None:
    """A photograph of a page is no less a page for the format that the telephone gave it."""
    assert troubles(read(UNREADABLE[name])) == [NO_READER]


@pytest.mark.parametrize("name", SMALL)
def test_icons_pass(name: str) -> None:
    """Too small for words, whatever the format."""
    assert troubles(read(SMALL[name])) == []


@pytest.mark.parametrize("name", [*READ, *UNREADABLE, *SMALL])
def test_pictures_pass_where_nobody_reads_them(name: str) -> None:
    """The setting is off: they are listed, and no trouble."""
    letter = read((READ | UNREADABLE | SMALL)[name], pictures=0)
    assert letter.troubles == ()


def test_the_same_picture_in_a_page_is_read_once() -> None:
    """A bullet of a list stands before every line."""
    assert troubles(read(page(f'<img src="{uri(PNG)}">' * 30))) == [KEPT]


def test_drawings_are_text() -> None:
    """SVG is read always, each of its texts on a line of its own."""
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg'><text>Hei</text><text y='9'>{LINE}</text></svg>"
    attached = letter(mixed(attachment("a.svg", drawing.encode(), "image/svg+xml")))
    for raw in (
        attached,
        office(drawing.encode(), "word/media/image2.svg"),
        page(f'<img src="{uri(drawing.encode())}">'),
    ):
        for pictures in (0, 20):
            letter_read = read(raw, pictures)
            assert f"Hei\n{LINE}" in all_text(letter_read)
            assert letter_read.troubles == ()


def test_a_page_in_the_address_of_a_picture_is_read() -> None:
    """Text is text whatever the address says, and its character set counts."""
    coded = base64.b64encode(LINE.encode("utf-16-be")).decode()
    read_page = read(page(f'<img src="data:image/png;charset=utf-16be;base64,{coded}">'), 0)
    assert text_of(read_page, "body.1/1") == LINE


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\0\0\x0f\0\0", Size(32, 16)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (31 | 15 << 14).to_bytes(4, "little"), Size(32, 16)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x20\0\x10\0", Size(32, 16)),
        (heic(32, 16), Size(32, 16)),
        (wmf(32, 16), Size(32, 16)),
        (emf(2540, 1270), Size(96, 48)),
        (b"\x89PNG\r\n", None),
        (b"II*\0", None),
    ],
)
def test_sizes_are_told_by_the_header(head: bytes, size: Size | None) -> None:
    """None for a format without one that is known here, and for a header that is cut off."""
    assert size_of(head) == size
