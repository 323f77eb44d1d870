"""Words in pictures, read by the real Tesseract: six languages, every format, hostile pictures, and its limits."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.extraction.confine import Limits
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.extraction.tesseract import NoTesseract, Tesseract
from mailguard.message.extraction.word_places import NoPage, lines_of
from mailguard.message.extractor import ExtractionFailed
from mailguard.message.picture_size import size_of
from mailguard.message.pictures import MOST_PIXELS, write_png
from mailguard.message.read import read_letter
from tests.message.writing import attachment, letter, mixed, zipped
from tests.support.need import missing
from tests.support.pictures import bmp_of, png_of, render, scan_of, tiff_of

LANGUAGES = ("pol", "fin")
_DOCUMENT = {"[Content_Types].xml": b"<t/>", "word/document.xml": b"<w/>"}
TEXT = "Hyvä asiakas, uusi salasanasi on Kesaranta77."
SECRETS = [
    ("Dear customer, your new password is Kestrel41 and your PIN is 4826.", "Kestrel41"),
    ("Hyvä asiakas, uusi salasanasi on Kesaranta77 ja PIN on 4826.", "Kesaranta77"),
    ("Hej, ditt nya lösenord är Korp77x och din PIN är 4826.", "Korp77x"),
    ("Dzień dobry, nowe hasło to Rzepak2023, a kod PIN to 4826.", "Rzepak2023"),
    ("Beste klant, uw nieuwe wachtwoord is Zeehond55, uw pincode is 4826.", "Zeehond55"),
    ("Guten Tag, Ihr neues Kennwort lautet Moorhuhn19, Ihre PIN ist 4826.", "Moorhuhn19"),
]


@pytest.fixture(scope="module")
def tesseract() -> Tesseract:
    """As a guard has it."""
    return open_tesseract()


def open_tesseract(limits: Limits | None = None) -> Tesseract:
    """The program with the usual languages, or a skipped test."""
    try:
        return Tesseract(LANGUAGES, limits) if limits else Tesseract(LANGUAGES)
    except NoTesseract as error:
        missing(f"{error} (Debian packages: tesseract-ocr tesseract-ocr-pol tesseract-ocr-fin)")


@pytest.fixture(scope="module")
def read_file(tesseract: Tesseract) -> Iterator[Callable[..., Letter]]:
    """Reads a letter with one attachment, its pictures too."""

    def run(pool: ExtractionPool, name: str, data: bytes, most: int = 20) -> Letter:
        raw = letter(mixed("\nHei\n", attachment(name, data)))
        return read_letter(raw, Budget(pictures=most), pool, tesseract)

    with ExtractionPool() as pool:
        yield partial(run, pool)


def words_in(read: Letter) -> str:
    """What was read off pictures."""
    return " ".join(part.text for part in read.parts if part.path.endswith("#ocr"))


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_words_of_six_languages(
    read_file: Callable[..., Letter], detector_kinds: Callable[[Letter], set[str]], text: str, secret: str
) -> None:
    """A screenshot's password is read to the letter, and found by the rules of its language."""
    read = read_file("screen.png", png_of(text))
    assert secret in words_in(read)
    assert detector_kinds(read) >= {"password", "pin"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.tif", lambda: tiff_of(TEXT)),
        ("a.bmp", lambda: bmp_of(TEXT)),
        ("scan.pdf", lambda: scan_of(TEXT)),
        ("a.zip", lambda: zipped({"pictures/a.png": png_of(TEXT)})),
        (
            "a.docx",
            lambda: zipped(
                {"[Content_Types].xml": b"<t/>", "word/document.xml": b"<w/>", "word/media/i.png": png_of(TEXT)}
            ),
        ),
        ("nameless", lambda: png_of(TEXT)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_place_of_a_picture(read_file: Callable[..., Letter], name: str, data: Callable[[], bytes]) -> None:
    """Whatever format it has, whatever it is packed into, and whatever it is called."""
    read = read_file(name, data())
    assert "Kesaranta77" in words_in(read)
    assert read.troubles == ()


def test_every_page_of_a_scan_is_read(read_file: Callable[..., Letter]) -> None:
    """Pages are numbered; more of them than may be read hold the message."""
    read = read_file("scan.pdf", scan_of(TEXT, pages=3))
    assert [part.path for part in read.parts if "Kesaranta77" in part.text] == [
        f"attachment.2#page{number}#ocr" for number in (1, 2, 3)
    ]
    assert [trouble.text for trouble in read_file("scan.pdf", scan_of(TEXT, pages=3), most=2).troubles] == [
        "the message has more than 2 pictures to be read"
    ]


def test_columns_keep_apart() -> None:
    """What stands beside each other in a table is not run together."""
    words = [(10, 0, "PIN"), (200, 0, "PUK"), (10, 40, "4826"), (200, 40, "12093488")]
    head, page = "level\t...\n", "1\t1" + "\t0" * 8 + "\t-1\t\n"
    rows = (f"5\t1\t1\t1\t{top}\t1\t{left}\t{top}\t60\t20\t96\t{word}\n" for left, top, word in words)
    assert lines_of(head + page + "".join(rows)) == "PIN  PUK\n4826  12093488"
    with pytest.raises(NoPage):
        lines_of(head)


def test_a_picture_without_words_is_no_trouble(read_file: Callable[..., Letter]) -> None:
    """A photograph or a logo passes."""
    read = read_file("photo.png", write_png(300, 200, bytes(shade % 251 for shade in range(300 * 200))))
    assert read.troubles == ()


def test_too_small_for_words(read_file: Callable[..., Letter]) -> None:
    """Dots that count readers, rulers and icons are not looked at."""
    read = read_file("dot.png", write_png(1, 1, b"\0"))
    assert (read.troubles, words_in(read), len(read.unread)) == ((), "", 1)


def _bomb() -> bytes:
    picture = bytearray(write_png(64, 64, bytes(64 * 64)))
    picture[16:24] = (60_000).to_bytes(4, "big") * 2
    return bytes(picture)


def _huge() -> bytes:
    picture = bytearray(tiff_of(TEXT))
    for entry in (0, 1):  # width and height
        picture[10 + 12 * entry + 8 : 10 + 12 * entry + 12] = (0x7FFFFFF0).to_bytes(4, "little")
    return bytes(picture)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "cut off.png": lambda: png_of(TEXT)[:2000],
    "bomb.png": _bomb,
    "wide.png": lambda: write_png(MOST_PIXELS // 10, 11, bytes(MOST_PIXELS // 10 * 11)),
    "junk.jpg": lambda: b"\xff\xd8\xff\xe0" + b"abc" * 5000,
    "junk.tif": lambda: b"II*\x00\x08\0\0\0" + b"abc" * 5000,
    "junk.gif": lambda: b"GIF89a\xff\x00\xff\x00" + bytes(5000),
    "huge.tif": _huge,
    "no size.bmp": lambda: b"BM" + bytes(60) + b"\xff" * 1000,
    "noise.png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_hold_the_message(read_file: Callable[..., Letter], name: str) -> None:
    """Broken, cut off, or larger than they look: held, and the next one is read."""
    (trouble, *_) = read_file(name, HOSTILE[name]()).troubles
    assert (trouble.kind, trouble.part) == ("unreadable", "attachment.2")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(wall_seconds=0.01), "takes too long"),
        (Limits(memory=48 << 20), "cannot be read"),
    ],
)
def test_limits_end_it(limits: Limits, words: str) -> None:
    """Time and memory are bounded, and the thread that waits has its answer."""
    with pytest.raises(ExtractionFailed, match=words):
        open_tesseract(limits).recognize(png_of(TEXT))


def test_processor_time_ends_it() -> None:
    """A page of noise is more work than the kernel lets it do."""
    noise = bytes((index * index * 7919) >> 5 & 255 for index in range(3000 * 3000))
    with pytest.raises(ExtractionFailed, match="cannot be read"):
        open_tesseract(Limits(cpu_seconds=0, wall_seconds=120.0)).recognize(write_png(3000, 3000, noise))


def test_without_a_reader_of_pictures() -> None:
    """Pictures that are to be read and are not hold the message; where nobody wants them they pass unread."""
    raw = letter(mixed("\nHei\n", attachment("a.png", png_of(TEXT))))
    assert [trouble.text for trouble in read_letter(raw, Budget(pictures=1)).troubles] == ["the picture was not read"]
    unwanted = read_letter(raw)
    assert (unwanted.troubles, [each.kind for each in unwanted.unread]) == ((), ["image"])


def test_languages_that_are_not_there() -> None:
    """The error names the package to install."""
    open_tesseract()
    with pytest.raises(NoTesseract, match="lacks tlh"):
        Tesseract(("pol", "tlh"))


@pytest.mark.parametrize("write", [png_of, bmp_of])
def test_sizes(write: Callable[[str], bytes]) -> None:
    """The header tells them without unpacking anything."""
    size = size_of(write(TEXT))
    assert size is not None
    assert (size.width, size.height) == render(TEXT)[:2]
