"""Word, Excel and PowerPoint of 1997 to 2003, and Outlook messages, each written octet by octet."""

import struct
from collections.abc import Callable

import pytest

from mailguard.core.part import Letter
from tests.message.writing import LINE, SECRET, all_text, kinds, text_of
from tests.support.compound_file import write_compound_file
from tests.support.pdf import lines, write_pdf

Read = Callable[..., Letter]


def _word(text: str, flags: int = 0x0200, narrow: str = "") -> bytes:
    """A document of two pieces: one of 8-bit characters, one of UTF-16."""
    main = bytearray(0x400)
    struct.pack_into("<HH6xH", main, 0, 0xA5EC, 0x00C1, flags)
    first, second = narrow.encode("cp1252"), text.encode("utf-16-le")
    pieces = struct.pack("<III", 0, len(narrow), len(narrow) + len(text))
    pieces += struct.pack("<HIH", 0, 0x40000000 | 2 * len(main), 0) + struct.pack("<HIH", 0, len(main) + len(first), 0)
    clx = b"\x01\x02\x00ab\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", main, 0x01A2, 16, len(clx))
    return write_compound_file({"WordDocument": bytes(main) + first + second, "1Table": bytes(16) + clx})


def _records(*records: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)


def _excel(*extra: tuple[int, bytes], password: bool = False) -> bytes:
    """A workbook of one sheet with two rows, and further records in the sheet."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)

    def label(row: int, column: int, text: str) -> tuple[int, bytes]:
        return 0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le")

    closed = [(0x002F, bytes(6))] if password else []
    name = b"Asiakkaat"
    head = [(0x0809, begin), *closed, (0x0042, struct.pack("<H", 1200))]
    start = len(_records(*head, (0x0085, bytes(8) + name), (0x000A, b"")))
    head += [(0x0085, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name), (0x000A, b"")]
    sheet = [
        (0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)),
        (0x0200, struct.pack("<IIHHH", 0, 2, 0, 2, 0)),
        label(0, 0, "Nimi"),
        label(0, 1, "Salasana"),
        label(1, 0, "Matti"),
        label(1, 1, SECRET),
        *extra,
        (0x000A, b""),
    ]
    return write_compound_file({"Workbook": (_records(*head) + _records(*sheet)).ljust(4096, b"\0")})


def _slides(kind: int, content: bytes) -> bytes:
    atom = struct.pack("<HHI", 0, kind, len(content)) + content
    return write_compound_file({"PowerPoint Document": struct.pack("<HHI", 0x0F, 1000, len(atom)) + atom})


def test_word_is_read_by_its_pieces(read: Read) -> None:
    """Pieces of both widths come in their order; cells and rows of a table keep their places."""
    letter = read("vanha.doc", _word(f"Salasana\x07{SECRET}\x07\x07Loppu ąę\r", narrow="Hyvä asiakas\r"))
    expected = f"Hyvä asiakas\nSalasana\t{SECRET}\nLoppu ąę"
    assert text_of(letter, "attachment.2").strip() == expected
    assert LINE in text_of(letter, "attachment.2#table")
    assert letter.troubles == ()


def test_word_with_a_password_is_encrypted(read: Read) -> None:
    """The flag in the file's first block tells it."""
    assert kinds(read("a.doc", _word("x", flags=0x0300))) == {"encrypted"}


def test_broken_word_is_read_by_its_characters(read: Read) -> None:
    """Without a piece table whatever looks like text is found."""
    main = struct.pack("<HH6xH", 0xA5EC, 0x00C1, 0) + bytes(0x300) + LINE.encode() + bytes(9) + LINE.encode("utf-16-le")
    assert all_text(read("a.doc", write_compound_file({"WordDocument": main}))).count(LINE) == 2


def test_excel_is_read_with_its_comments(read: Read) -> None:
    """Cells under their header, the sheet's name, and the text of a comment."""
    note = f"\0{LINE}".encode()
    letter = read("lista.xls", _excel((0x01B6, bytes(18)), (0x003C, note)))
    assert text_of(letter, "attachment.2/1#table") == f"Nimi: Matti\n{LINE}"
    assert text_of(letter, "attachment.2#comments") == LINE
    assert letter.troubles == ()


def test_excel_with_a_password_is_encrypted(read: Read) -> None:
    """The record FilePass among the first of the workbook tells it."""
    assert kinds(read("a.xls", _excel(password=True))) == {"encrypted"}


def test_powerpoint_is_read(read: Read) -> None:
    """Text atoms of both widths."""
    for kind, content in ((0x0FA8, LINE.encode()), (0x0FA0, LINE.encode("utf-16-le"))):
        assert text_of(read("a.ppt", _slides(kind, content)), "attachment.2") == LINE
    assert kinds(read("a.ppt", _slides(0x0FA8, b"") + b"")) == set()


def test_an_outlook_message_is_read_whole(read: Read) -> None:
    """Subject, recipients, both bodies, an attached PDF, and a message within with its own body."""

    def wide(text: str) -> bytes:
        return text.encode("utf-16-le")

    message = write_compound_file(
        {
            "__properties_version1.0": bytes(32),
            "__substg1.0_0037001F": wide("Tilausvahvistus"),
            "__substg1.0_1000001F": wide("Hyvä asiakas"),
            "__substg1.0_10130102": f"<table><tr><td>Salasana</td><td>{SECRET}</td></tr></table>".encode(),
            "__substg1.0_10090102": bytes.fromhex("00000000050000004d454c4100000000") + rb"{\rtf1 muoto}",
            "__recip_version1.0_#00000000/__substg1.0_39FE001F": wide("matti@post.example"),
            "__attach_version1.0_#00000000/__substg1.0_3707001F": wide("sopimus.pdf"),
            "__attach_version1.0_#00000000/__substg1.0_37010102": write_pdf([lines("Sopimus")]),
            "__attach_version1.0_#00000001/__substg1.0_3701000D/__properties_version1.0": bytes(32),
            "__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_1000001F": wide("Sisäkkäinen"),
        }
    )
    letter = read("viesti.msg", message)
    text = all_text(letter)
    for words in ("Tilausvahvistus", "Hyvä asiakas", LINE, "matti@post.example", "Sopimus", "Sisäkkäinen"):
        assert words in text
    assert text_of(letter, "attachment.2/1") == "Sopimus"
    assert letter.troubles == ()


def test_a_file_within_a_document_is_read(read: Read) -> None:
    """A text file that was dropped into a Word document, as OLE wraps it."""
    inner = LINE.encode()
    native = b"\x02\0a.txt\0C:\\a.txt\0" + bytes(4) + struct.pack("<I", 6) + b"a.txt\0" + struct.pack("<I", len(inner))
    native = struct.pack("<I", len(native) + len(inner)) + native + inner
    main = struct.pack("<HH6xH", 0xA5EC, 0x00C1, 0) + bytes(0x300)
    document = write_compound_file({"WordDocument": main, "ObjectPool/_1/\x01Ole10Native": native})
    assert text_of(read("a.doc", document), "attachment.2/1") == LINE


def test_broken_files_are_held_or_read(read: Read) -> None:
    """Cut short anywhere, a message or workbook is no exception and does not pass as if it were whole."""
    for whole in (_excel(), _word(LINE * 200)):
        for end in range(600, len(whole) - 600, 700):
            letter = read("a.doc", whole[:end])
            assert kinds(letter) <= {"unreadable"}
            assert letter.troubles or letter.unread or SECRET in all_text(letter)


@pytest.mark.parametrize("table", [False, True])
def test_a_stream_larger_than_its_file_is_broken(read: Read, table: bool) -> None:
    """Nor a table of sectors: it is not read round and round, which took until the worker was killed."""
    document = bytearray(_slides(0x0FA8, LINE.encode()))
    entry = document.index("PowerPoint Document".encode("utf-16-le"))
    struct.pack_into("<I", document, 64 if table else entry + 120, 0x7FFFFFFF)
    assert [trouble.text for trouble in read("a.ppt", bytes(document)).troubles] == [
        "the attachment is a broken ole file"
    ]


def test_an_encrypted_package_is_encrypted(read: Read) -> None:
    """A modern document with a password is an OLE file around the encrypted ZIP."""
    document = write_compound_file({"EncryptedPackage": bytes(9), "EncryptionInfo": bytes(9)})
    assert kinds(read("a.docx", document)) == {"encrypted"}
