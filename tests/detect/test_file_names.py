"""Secrets in the names of files."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.file_names import read_names


@pytest.fixture
def find(detector: Detector) -> Callable[[str], set[tuple[str, str]]]:
    """Function: file name -> the kinds and values found in it."""

    def run(name: str) -> set[tuple[str, str]]:
        letter = Letter("", "", (), (Part("header.2.filename", PartRole.HEADER, name),))
        return {(str(finding.kind), finding.value.reveal()) for finding in detector.find(letter)}

    return run


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("Password Kesaranta77.png", "password", "Kesaranta77"),
        ("salasana on Kesaranta77.txt", "password", "Kesaranta77"),
        ("salasana_Kesaranta77.pdf", "password", "Kesaranta77"),
        ("password-Kesaranta77.tar.gz", "password", "Kesaranta77"),
        ("lösenord Korp77x.docx", "password", "Korp77x"),
        ("hasło to Rzepak2023.zip", "password", "Rzepak2023"),
        ("Wachtwoord is Zeehond55.pdf", "password", "Zeehond55"),
        ("Kennwort lautet Moorhuhn_19.txt", "password", "Moorhuhn_19"),
        ("Password=Kesaranta77.zip", "password", "Kesaranta77"),
        ("PIN 4471.txt", "pin", "4471"),
        ("010190-123M.pdf", "national_id", "010190-123M"),
    ],
)
def test_value_ends_before_the_extension(
    find: Callable[[str], set[tuple[str, str]]], name: str, kind: str, value: str
) -> None:
    """The extension is no part of the value, and numbers keep their hyphens."""
    assert find(name) == {(kind, value)}


@pytest.mark.parametrize(
    "name",
    [
        "Passwords.xlsx",
        "password policy 2024.pdf",
        "salasanaohje_v2.pdf",
        "Salasanan vaihto 2024.docx",
        "password_reset_20240105.png",
        "password.txt",
        "Password (1).png",
        "Passwort ändern.pdf",
        "losenord2024.xlsx",
        "wachtwoord_beleid_2023.pdf",
        "hasla_lista.csv",
        "Screenshot password 2024-01-05.png",
        "IMG_4471.jpg",
    ],
)
def test_name_that_speaks_of_passwords(find: Callable[[str], set[tuple[str, str]]], name: str) -> None:
    """Policies, screenshots and lists are named after what they are about."""
    assert not find(name)


@given(st.text(max_size=80))
def test_names_keep_their_length(name: str) -> None:
    """Offsets in the name as it is read hold in the name as it is written."""
    assert len(read_names(name)) == len(name)
