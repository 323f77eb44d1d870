"""Letters that programs read in different ways: whatever one of them shows is read, or the letter is held."""

import pytest

from mailguard.message.read import read_letter
from tests.message.crooked.letters import Item, attached, crooked_letters, plain
from tests.message.crooked.names import crooked_names
from tests.message.writing import LINE, SECRET, all_text, letter, mixed, zipped

_OTHER = plain(b"ABCD\t01234=56789  98765=43210 = =XY and so on\n")
CARRIED: dict[str, list[Item]] = {
    "a text": [plain(f"{LINE}\n".encode()), attached("b.bin", b"nothing but some words of a file\n")],
    "a text file": [_OTHER, attached("a.txt", f"{LINE}\n".encode())],
    "a file in an archive": [_OTHER, attached("a.zip", zipped({"a.txt": f"{'x' * 40}\n{LINE}\n".encode()}))],
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("carried", CARRIED)
def test_whatever_some_program_shows_is_read_or_held(carried: str, ends: str) -> None:
    """No oddity of codes, fields and boundaries carries a password past the reader."""
    letters = dict(crooked_letters(CARRIED[carried]))
    assert len(letters) > 350
    passed, unread = [], []
    for odd, raw in letters.items():
        even = raw if ends == "\n" else raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        read = read_letter(even)
        if SECRET not in all_text(read):
            unread.append(odd)
            if not read.troubles:
                passed.append(odd)
    assert not passed
    # Nearly all of it is read: a guard that held whatever is odd would cry wolf.
    assert len(unread) < len(letters) / 10, unread


def test_whatever_some_program_takes_for_the_file_name_is_read_or_held() -> None:
    """No oddity of parameters carries a password in a file's name past the reader."""
    names = dict(crooked_names(SECRET))
    assert len(names) > 120
    passed = []
    for odd, fields in names.items():
        read = read_letter(letter(mixed(f"{fields}\nnothing but some words of a file\n")))
        if SECRET not in all_text(read) and not read.troubles:
            passed.append(odd)
    assert not passed


def test_ordinary_file_names_are_read_one_way() -> None:
    """Brackets in quotation marks, and pieces in their order, are how most programs write them."""
    pieces = "".join(f'; filename*{number}="a{number}"' for number in range(12))
    for parameters in ('; filename="list (1).pdf"', "; filename=list.pdf;", "; filename*=utf-8''lista.pdf", pieces):
        read = read_letter(letter(mixed(f"Content-Disposition: attachment{parameters}\n\nHei\n")))
        assert not read.troubles
        assert [part.path for part in read.parts if "parameter" in part.path] == []
