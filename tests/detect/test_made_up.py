"""Values told by their shape: what people make up, and what offices and machines name their things."""

import pytest

from mailguard.detect.made_up import (
    check_combination,
    check_keyed,
    check_made_up,
    check_number,
    check_number_or_year,
    check_odd,
    check_word_and_more,
    check_word_and_number,
    check_words,
)

NAMES_OF_THINGS = [
    "Office365", "KeePass2", "anna.k22", "srv-db01", "A-2024/118", "Windows10-Update", "ThinkPad-T14s", "WPA2-PSK",
    "Wi-Fi6", "USB-C3.1", "HP-LaserJet4050", "iPhone15Pro", "Q3/2025", "mp3Player", "log4j2Shell", "i18nKey", "AT&T5",
    "Report_2025_v2", "Rechnung-2024-118", "X509Cert", "OAuth2Client", "32-Bit-Systeme", "P12-Dateien", "BHV1-negativ",
    "Kesä2025-tyyliset", "SHA256:p8Yt0cV", "id=204871", "user=kal118", "--region=us-west1", "fe80:0%eth0", "21*number#",
    "libtiff/libtiff!345", "rh#298461", "-std=gnu++11", "memcmp-avx2-movbe", "PKCS11Provider", "WMS_MAG4", "$person4",
]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["Biscuit&Gravy7", "F0rel&Friet", "wR7!goose%Dock", "Winter?2031", "p3XvNd0s", "hR7!pq22", "Biscuit£Gravy7"],
)
def test_odd(value: str) -> None:
    """Signs, digits and capitals mixed as in no word are told with and without the stop of the sentence."""
    assert check_odd(value) == len(value)
    assert check_odd(f"{value}.") == len(value)


@pytest.mark.parametrize(
    "value",
    [
        "ledger.Pine.77", "Kasztan.Wrzesien25", "Szkoda/7719kL", "kirsikka77Torttu", "Ndl-2025-Kastanie",
        "SidEx-2019adm", "JR_Beukenlaan_902", "Silo4-Raps-Emma", "zajecia_Judo24", "Tr4kcja-Opel", "Kiekko_2013tytot",
    ],
)  # fmt: skip
def test_made_up(value: str) -> None:
    """Words and a number joined, in the ways that people join them."""
    assert check_made_up(value) == len(value)


@pytest.mark.parametrize("value", ["Taufbrunnen1523", "sommarbad31", "hamerstuk12", "smash-tisdag-19", "psalm84vers4"])
def test_word_and_number(value: str) -> None:
    """A word and its number, which alone says little."""
    assert check_word_and_number(value) == len(value)


@pytest.mark.parametrize("value", NAMES_OF_THINGS)
def test_names_of_things_are_not_made_up(value: str) -> None:
    """Products, files, options, orders and machines are named by a system."""
    assert not check_odd(value)
    assert not check_made_up(value)


@pytest.mark.parametrize(
    ("value", "keyed"),
    [
        ("4411", True), ("*8846#", True), ("5512#", True), ("C1479Y", True), ("1486A", True), ("118 405", True),
        ("#90*4426", True),
        ("118\u00a0405", True), ("4\u20114\u20117\u20111", True),
        ("2024", False), ("112", False), ("********", False), ("a4086", False), ("12", False),
    ],
)  # fmt: skip
def test_keyed(value: str, keyed: bool) -> None:
    """What keypads take; years, emergency numbers and masks are none."""
    assert check_keyed(value) == (len(value) if keyed else 0)


def test_combination() -> None:
    """The numbers of a safe's dial are no date."""
    assert check_combination("38-12-71") == 8
    assert check_combination("12-03-25") == 0


@pytest.mark.parametrize(
    "value", ["447", "4471", "4471#", "#1958", "118640*", "4 0 7 3", "771 204", "48-1196", "4*4*7"]
)
def test_number(value: str) -> None:
    """Digits with the keys of a keypad, in groups and alone."""
    assert check_number(value) == len(value)


@pytest.mark.parametrize(
    "value", ["37", "1998", "12.05.2024", "14.30", "0800 330 4000", "#918727", "1,490", "6901238881726450"]
)
def test_number_of_another_kind(value: str) -> None:
    """Years, days, hours, amounts, telephones, reports of faults, and what is too short or too long."""
    assert check_number(value) == 0


def test_number_or_year() -> None:
    """A year may be a code where a lock is spoken of; a day is none."""
    assert [check_number_or_year(value) for value in ("1958", "4471", "12.05.2024")] == [4, 4, 0]


@pytest.mark.parametrize(
    "value", ["Kissa33", "B5082", "4471A", "hJ7wq2Lz9p", "XK4 P7Q", "fikapaus2024", "W1nd#molen_07"]
)
def test_word_and_more(value: str) -> None:
    """Words with digits and signs of every sort; groups with blanks are capitals."""
    assert check_word_and_more(f"{value}.") == len(value)


@pytest.mark.parametrize(
    "value",
    [
        "12kWh",
        "Report2024",
        "bericht_3",
        "U+022D4",
        "0x7FEFFFA90",
        "plan4.pdf",
        "anna@example.org",
        "10.45Uhr",
        "of 3 p",
        "B1",
        "PIN-3310",
        "Versie2024",
    ],
)
def test_word_and_more_of_another_kind(value: str) -> None:
    """Units, files, addresses, hours, and what offices and programs name their things."""
    assert check_word_and_more(value) == 0


def test_words() -> None:
    """A word that keeps a secret has four letters, and what a wallet drew has fewer than a hundred."""
    assert check_words("kesa") == 4
    assert check_words("ladder frost onion velvet canal badge") == 37
    assert check_words("on") == 0
    assert check_words("word " * 21) == 0
