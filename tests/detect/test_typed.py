"""Secrets without a label beside them: what is typed in, opened with, set to, answered or listed."""

import pytest

from mailguard.detect.detector import Detector
from mailguard.detect.typed import check_answer, check_keypad, check_login_word, check_typed
from tests.evaluate.cases import plain_letter

NEAR_MISSES = [
    "Press 1 for sales, 2 for support, or ask at the front door desk 12.",
    "The garage opened in 1998 and green energy came in 2012.",
    "Enter your customer number 4471220 at the gate terminal.",
    "The alarm was turned off with 4471 minutes of delay.",
    "Shipment 4471 and star rating 5 at the garage.",
    "The zip opens with 7zip22, the sheet with Excel2019.",
    "Set it to Berlin2 in your account's time zone.",
    "I have changed it to Tuesday14 on your account calendar.",
    "The link asks for your name; type Smith2 if unsure.",
    "Ann: what is the error code\nBob: E4471\n",
    "Ann: did you change your password?\nBob: yes in 2023\n",
    "On 3 Nov Els wrote:\n> what is the postcode?\n1017\n",
    "Version 4.12.1 has it.\n\n> Which release has the password fix?",
    "Staff codes for time sheets:\n\nHoliday leave, project 4471\nSick 3310\n",
    "Backup codes are kept\nin the safe in room 12\nbehind the door\n",
    "The call: set_password(user, 12) returns nothing.",
    "Password: Timeout=3600",
    "Oven leveys on 4471 mm ja paina vihreää nappia.",
    "Hälytys 4471 kpl viime vuonna, pois lukien testit.",
    "Lukko 6 1 0 9 kpl varastossa.",
    "Laitoin sen Excel2016-muotoon, tunnus löytyy listalta.",
    "Koodi 1042 on kopiokoneen näytössä, mitä tehdään?",
    "Porten öppnades 2019 och grön el kom 2020.",
    "Larmet gick av 0447 och polisen kom.",
    "Ange ordernummer 4471220 vid porten.",
    "Lösenordet är samma som alltid, fråga Per.",
    "Wpisz numer zamówienia 4471220 przy bramie.",
    "Ustawiłem je na Wersja2024 na koncie.",
    "Kod do karty podarunkowej: 4471 2200",
    "Het alarm ging af om 0447 uur.",
    "We hebben het op Versie2024 gezet voor je account.",
    "Het wachtwoord is hetzelfde als altijd, vraag maar.",
    "Der Alarm ging um 0447 los, um 0512 aus.",
    "Mit 4471 geht die Tür Nummer eins in Serie.",
    "Code 1042 am Drucker, laut Anleitung Papierstau.",
    "Das Passwort ist wie immer beim Empfang.",
    "Geben Sie 4471 ein, Ihr Operator hilft auch bei hoher Temperatur.",
    "Enter 2525 as the port; the doctor and the director agree.",
    "Ange 4471 i rapporten, nyckeltal och transporten följer.",
    "Syötä 4471 raporttiin, avainluvut ja overview mukaan.",
    "Package: shellcheck\nPopcon: V:2\nSize: 18987\nDescription: source code checker\nSize: 1190\n",
    "Character set: Unicode UCS4, Cyrillic codepage\nIndex: 65534\n",
    "Enter CommandCtrl+Shift+N in the link field, or type gimp-2.10 when it asks.",
    "Closes bug#51433#29 about the garage door.",
    "The signing key 462225C3B46F34879FC8496CD605848ED7E69871 was added.",
    "Log in with user name robin and password below.",
    "Melden Sie sich mit Benutzername heike und Kennwort getrennt an.",
    "Die Tür öffnet am 2.12. mit 6109 Euro Kosten.",
]


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_near_misses(detector: Detector, text: str) -> None:
    """Sentences that have the words and the numbers of these forms, but tell no secret, hold nothing."""
    assert [finding.rule for finding in detector.find(plain_letter(f"Hi,\n\n{text}\n\nRegards\nX\n"))] == []


@pytest.mark.parametrize("text", ["tadpole61", "tad!pole", "Marsh-2207.", "Tadpole61"])
def test_typed_is_a_password(text: str) -> None:
    """Letters with digits or signs are a password; the full stop behind them is not of it."""
    assert check_typed(text) == len(text.rstrip("."))


@pytest.mark.parametrize(
    "text", ["Excel2019", "Windows-11", "AUTUMN20", "Version2024", "Maria2", "tadpole", "en_GB.UTF-8"]
)
def test_typed_is_something_else(text: str) -> None:
    """Programs, vouchers, versions, names with a digit, words and locales are none."""
    assert check_typed(text) == 0


def test_keypads_take_four_to_eight_digits_that_are_no_year() -> None:
    """Codes may be spelt in groups and end in a hash; a year or a single digit is no code."""
    assert [check_keypad(text) for text in ("8842", "8842#", "6-1-0-9", "22-41-07")] == [4, 5, 7, 8]
    assert [check_keypad(text) for text in ("2024", "1998", "123", "123456789")] == [0, 0, 0, 0]


def test_answers_are_codes_or_passwords() -> None:
    """What answers the question for a password may be digits or a password, but no word."""
    assert [check_answer(text) for text in ("55210", "Toner!66b", "yes", "2024")] == [5, 9, 0, 0]


def test_a_plain_word_beside_its_user_name() -> None:
    """A word may be the password there, but not one that says where or how it comes."""
    assert [check_login_word(text) for text in ("oakenbarrel.", "below.", "erikseen", "********")] == [11, 0, 0, 0]
