"""Attachments: what is read, what is encrypted, what is only listed, and that broken or boundless ones do no harm."""

import io
import zipfile

import pytest

from mailguard.message.budget import Budget
from mailguard.message.read import read_letter
from tests.message.writing import LINE, SECRET, all_text, attachment, b64, kinds, letter, mixed, text_of, zipped

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def one(name: str, data: bytes, media_type: str = "application/octet-stream") -> bytes:
    """A letter with one attachment."""
    return letter(mixed("\nHei\n", attachment(name, data, media_type)))


def _flagged_zip() -> bytes:
    data = bytearray(zipped({"lista.txt": LINE.encode()}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    return bytes(data)


ENCRYPTED = {
    "ZIP": one("a.zip", _flagged_zip()),
    "PDF by its trailer": one("a.pdf", b"%PDF-1.7\ntrailer\n<< /Encrypt 5 0 R /Root 1 0 R >>\n%%EOF\n"),
    "PDF by its dictionary": one("a.pdf", b"%PDF-1.7\n\0\0trailer\n<</Encrypt<</V 4>>>>\n%%EOF\n"),
    "Office": one("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le") + bytes(200)),
    "OpenDocument": one(
        "a.odt",
        zipped({"mimetype": b"x", "content.xml": b"\xff\xfe", "META-INF/manifest.xml": b"<m:encryption-data/>"}),
    ),
    "7z": one("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(40) + b"\x24\x06\xf1\x07\x01\x12"),
    "S/MIME": one("smime.p7m", bytes.fromhex("308006092a864886f70d010703a080") + bytes(200), "application/pkcs7-mime"),
    "PGP/MIME": letter(
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=aa\n\n--aa\n'
        "Content-Type: application/pgp-encrypted\n\nVersion: 1\n--aa\nContent-Type: application/octet-stream\n\n"
        "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n--aa--\n"
    ),
    "PGP within the text": letter("\nHei\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"),
    "PGP file": one("a.pdf.gpg", bytes(range(128, 256)) + bytes(range(128))),
}
UNREADABLE = {
    "RAR": one("a.rar", b"Rar!\x1a\x07\x01\0" + bytes(50)),
    "winmail.dat": one("winmail.dat", b"\x78\x9f\x3e\x22" + bytes(50)),
    "unknown binary": one("a.bin", bytes(range(256)) * 3),
    "broken ZIP": one("a.zip", zipped({"a.txt": b"a"})[:40]),
    "ZIP with a broken member": one("a.zip", zipped({"a.txt": b"a" * 500}).replace(b"a.txtK", b"a.txt\xff")),
    "broken gzip": one("a.gz", b"\x1f\x8b\x08" + bytes(30)),
    "office document of broken XML": one(
        "a.docx", zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a><b></a>"})
    ),
    "five ZIPs deep": one(
        "a.zip", zipped({"b.zip": zipped({"c.zip": zipped({"d.zip": zipped({"e.zip": zipped({"f.txt": b"x"})})})})})
    ),
    "ZIP of too many members": one("a.zip", zipped({f"{number}.txt": b"" for number in range(1001)})),
}


@pytest.mark.parametrize("name", ENCRYPTED)
def test_encrypted_content_is_trouble(name: str) -> None:
    """What only the recipient can open is told as encrypted, whatever its declared type."""
    assert "encrypted" in kinds(read_letter(ENCRYPTED[name]))


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_opened_is_trouble(name: str) -> None:
    """An attachment that may hold text and cannot be opened holds the message."""
    assert "unreadable" in kinds(read_letter(UNREADABLE[name]))


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("call.wav", b"RIFF\0\0\0\0WAVEfmt ", "application/octet-stream"),
        ("call.bin", b"ID3\x03" + bytes(50), "application/octet-stream"),
        ("call.dss", bytes(range(200)), "application/octet-stream"),
        ("call", bytes(range(200)), "audio/amr"),
    ],
)
def test_sound_is_a_recording(name: str, data: bytes, media_type: str) -> None:
    """Audio is recognised by its octets, else by type or name."""
    assert kinds(read_letter(one(name, data, media_type))) == {"recording"}


def test_types_without_a_reader_are_listed_and_pass() -> None:
    """An invoice in PDF, a picture and an old Word file are no trouble; the list tells later readers of them."""
    read = read_letter(
        letter(
            mixed(
                "\nHei\n",
                attachment("lasku.pdf", b"%PDF-1.4\n\0\1\2\3\4\5\6\7\n%%EOF\n", "application/pdf"),
                attachment("kuva.txt", b"\xff\xd8\xff\xe0" + bytes(100), "text/plain"),
                attachment("vanha.doc", OLE, "application/msword"),
            )
        )
    )
    assert read.troubles == ()
    assert [(unread.kind, unread.file_name) for unread in read.unread] == [
        ("pdf", "lasku.pdf"),
        ("image", "kuva.txt"),
        ("ole", "vanha.doc"),
    ]


def test_a_picture_that_is_text_is_read() -> None:
    """A text that only begins like a picture, a program or a certificate is read as text."""
    for start in (b"GIF89a ", b"BM ", b"MZ ", b"\x30\xe2\x80\x93 "):
        assert SECRET in all_text(
            read_letter(letter(f"Content-Transfer-Encoding: base64\n\n{b64(start + LINE.encode())}"))
        )


def test_word_documents_are_read_with_their_tables() -> None:
    """Runs of one word are joined, table rows keep their cells, headers and comments count too."""
    document = (
        f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>Sala</w:t></w:r><w:r><w:t>sana: a</w:t></w:r></w:p>'
        "<w:tbl><w:tr>"
        "<w:tc><w:p><w:r><w:t>PIN</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>4826</w:t></w:r></w:p></w:tc>"
        "</w:tr></w:tbl></w:body></w:document>"
    )
    header = f'<w:hdr xmlns:w="{WORD}"><w:p><w:r><w:t>Luottamuksellinen</w:t></w:r></w:p></w:hdr>'
    members = {
        "[Content_Types].xml": b"<a/>",
        "word/document.xml": document.encode(),
        "word/header1.xml": header.encode(),
    }
    read = read_letter(one("a.docx", zipped(members)))
    assert "Salasana: a\nPIN\t4826" in all_text(read)
    assert "PIN: 4826" in all_text(read)
    assert "Luottamuksellinen" in all_text(read)


def test_spreadsheets_are_unrolled_row_by_row() -> None:
    """Shared and inline strings land in their cells, and each row reads `header: value`."""
    sheet = (
        '<worksheet xmlns="s"><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
        '<row><c t="inlineStr"><is><t>Matti</t></is></c><c><v>4826</v></c></row></sheetData></worksheet>'
    )
    members = {
        "[Content_Types].xml": b"<a/>",
        "xl/sharedStrings.xml": b'<sst xmlns="s"><si><t>Nimi</t></si><si><r><t>PI</t></r><r><t>N</t></r></si></sst>',
        "xl/worksheets/sheet1.xml": sheet.encode(),
    }
    read = read_letter(one("a.xlsx", zipped(members)))
    assert text_of(read, "attachment.2/3#table") == "Nimi: Matti\nPIN: 4826"


def test_entities_of_office_xml_are_not_expanded() -> None:
    """A document that names a file of this machine or an entity bomb brings neither in."""
    bomb = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY c "cccccc">]><a>&b;&c;&c;</a>'
    read = read_letter(one("a.docx", zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": bomb})))
    assert "root:" not in all_text(read)
    assert "cccccc" not in all_text(read)


def test_signed_content_is_taken_out_of_its_envelope() -> None:
    """An opaque S/MIME signature wraps the message; what it wraps is read like the message itself."""
    inner = f"Content-Type: text/plain\r\n\r\n{LINE}\r\n".encode()
    octets = bytes([0x04, len(inner)]) + inner
    wrapped = bytes.fromhex("06092a864886f70d010701") + bytes([0xA0, len(octets)]) + octets
    signed = (
        bytes.fromhex("308006092a864886f70d010702a0803080020101310f300d06096086480165030402010500")
        + b"\x30\x80"
        + wrapped
    )
    read = read_letter(one("smime.p7m", signed + bytes(40), "application/pkcs7-mime; smime-type=signed-data"))
    assert SECRET in all_text(read)
    assert read.troubles == ()


def test_rich_text_is_read() -> None:
    """RTF's control words fall away and its escaped letters come back."""
    read = read_letter(one("a.rtf", rb"{\rtf1\ansi Hyv\'e4 {\b asia}kas\par Sala\u115?ana: x\cell y\row}"))
    assert "Hyvä asiakas\nSalasana: x\ty" in all_text(read)


def test_a_zip_bomb_stops_at_the_budget() -> None:
    """Ten megabytes of zeros in ten kilobytes are unpacked no further than the budget allows."""
    bomb = zipped({"a.txt": bytes(10_000_000).replace(b"\0", b" ")})
    read = read_letter(one("a.zip", bomb), Budget(expanded=1_000_000))
    assert "unreadable" in kinds(read)
    assert sum(len(part.text) for part in read.parts) < 1_100_000


def test_names_within_an_archive_are_read() -> None:
    """A member's name is text that leaves too."""
    assert SECRET in all_text(read_letter(one("a.zip", zipped({f"{LINE}.png": b"\x89PNG\r\n\x1a\n"}))))


def test_stored_members_of_odd_methods_are_trouble() -> None:
    """A compression method that this machine does not know is not skipped over."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "a")
    data = bytearray(stream.getvalue())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.find(signature) + offset] = 97
    assert "unreadable" in kinds(read_letter(one("a.zip", bytes(data))))


def test_foreign_files_in_an_office_document_are_read() -> None:
    """What is no part that the format knows is a file of its own; a document of another format is read as a ZIP."""
    for name, folder in (("a.docx", "word/document.xml"), ("a.oxps", "FixedDocSeq.fdseq")):
        members = {"[Content_Types].xml": b"<a/>", folder: b"<a/>", "Documents/1/Pages/1.fpage": LINE.encode()}
        read = read_letter(one(name, zipped(members)))
        assert SECRET in all_text(read)
        assert read.troubles == ()


def test_pictures_in_an_office_document_are_no_trouble() -> None:
    """Media, fonts and settings of a document hold nobody's mail up."""
    names = (
        "word/media/a.png",
        "word/media/b.svm",
        "word/fonts/font1.odttf",
        "word/vbaProject.bin",
        "word/_rels/a.rels",
    )
    members = {"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}
    assert read_letter(one("a.docx", zipped(members | dict.fromkeys(names, bytes(range(256)))))).troubles == ()
