"""RTF: character sets, tables, what is no text, and what is embedded."""

import pytest

from mailguard.core.part import Letter
from mailguard.message.read import read_letter
from tests.message.writing import LINE, SECRET, all_text, attachment, kinds, letter, mixed, text_of
from tests.support.compound_file import write_compound_file

PIECES = {
    r"\ansicpg1250 Has\'b3o": "Hasło",
    r"{\fonttbl{\f1\fcharset238 Arial;}}\f1 Has\'b3o": "Hasło",
    r"{\fonttbl{\f1\fcharset128 Gothic;}}{\f1 \'83\'70\'83\'58}": "パス",
    r"\uc1 Has\u322?o": "Hasło",
    r"\uc2 Has\u322\'b3\'b3o": "Hasło",
    r"{\uc0 Has\u322 o}": "Hasło",
    r"\u-10179?\u-8704?": "\U0001f600",
    r"a\~b\_c\{d\}\\": "a b-c{d}\\",
    "Sala\r\nsana": "Salasana",
    r"{\v piilotettu}": "piilotettu",
    r"{\header ylä}{\*\tuntematon ryhmä}": "ylä\nryhmä",
    r"{\pict 89504e47}kuva": "kuva",
    r"{\pict\bin4 }}}}kuva}kuva": "kuva",
    r"\u322\par x": "ł\nx",
    r"{\colortbl;\red0;}väri".replace("ä", r"\'e4"): "väri",
}


def read(source: str) -> Letter:
    """Read a letter with this RTF."""
    data = rf"{{\rtf1\ansi {source}}}".encode("latin-1")
    return read_letter(letter(mixed("\nHei\n", attachment("a.rtf", data))))


@pytest.mark.parametrize("source", PIECES)
def test_pieces(source: str) -> None:
    """Each way of writing a character or of leaving text out."""
    assert text_of(read(source), "attachment.2").strip() == PIECES[source]


def test_tables_keep_their_cells() -> None:
    """A row of cells reads as label and value."""
    assert LINE in all_text(read(rf"\trowd Salasana\cell {SECRET}\cell\row\pard Loppu"))


def test_embedded_objects_are_opened() -> None:
    """An encrypted document in an RTF file is as encrypted as it would be alone."""
    document = write_compound_file({"EncryptedPackage": b"x", "EncryptionInfo": b"x"})
    source = rf"{{\object\objemb{{\*\objdata 01050000 02000000 {document.hex()}}}}}"
    assert kinds(read(source)) == {"encrypted"}


def test_braces_without_end_are_read() -> None:
    """Deep nesting neither raises nor takes long."""
    assert "loppu" in all_text(read("{" * 100_000 + "loppu"))
