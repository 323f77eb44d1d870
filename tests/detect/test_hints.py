"""Passwords that are told and not written: found where the letter tells what they are made of, else not."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from tests.detect.conftest import Kinds

TOLD = [
    (
        "Customer number: 8812 4471\nThe PIN for collecting the phone is the last 4 digits of your customer number.",
        "The PIN for collecting the phone is the last 4 digits of your customer number.",
    ),
    ("Matti Virtanen, s. 14.3.1985\n\nSalasana on sama kuin syntymäaikasi.", "Salasana on sama kuin syntymäaikasi."),
    (
        "Personnummer 19810304-1234. Koden till kundtjänst är kundens födelsedatum.",
        "Koden till kundtjänst är kundens födelsedatum.",
    ),
    (
        "Numer umowy 88120-44. Kod dostępu: pierwsze cztery cyfry numeru umowy.",
        "Kod dostępu: pierwsze cztery cyfry numeru umowy.",
    ),
    (
        "Uw klantnr. is 5520184. De toegangscode bestaat uit de laatste zes cijfers van het klantnummer.",
        "De toegangscode bestaat uit de laatste zes cijfers van het klantnummer.",
    ),
    (
        "Ihre Vertragsnummer lautet 7712-0493. Das Startpasswort entspricht Ihrer Vertragsnummer.",
        "Das Startpasswort entspricht Ihrer Vertragsnummer.",
    ),
    (
        "We will call your mobile: +358 50 123 4567. Passcode: the last four digits of your mobile number",
        "We will call you. Passcode: the last four digits of your mobile number",
    ),
]
KNOWN = [
    ("Ihr Kennwort für das Portal lautet: Ihre Postleitzahl", "Ihr Kennwort für das Portal lautet anders."),
    ("The zip file opens with a password: your last name, small.", "The zip password is not your last name."),
    ("Salasanana käytetään postinumeroasi.", "Älä käytä salasanana postinumeroasi."),
    ("Använd ditt efternamn som lösenord.", "Använd inte ditt efternamn som lösenord."),
    ("Hasłem jest Państwa kod pocztowy.", "Hasłem nie może być Państwa kod pocztowy."),
    ("Je achternaam is ook het wachtwoord.", "Je achternaam is geen goed wachtwoord."),
]
PASSING = [
    "Please confirm your customer number 4471-2209 and PIN.",
    "Password: sent separately. User name: your e-mail address.",
    "Your user name is your e-mail address; you choose the password yourself.",
    "Salasana:\nKäyttäjätunnuksesi: mniemi",
    "Das Passwort ist der Schlüssel zu Ihrer Kundennummer 4471-2209.",
    "Wachtwoord vergeten? Vul uw e-mailadres in en wij sturen een link.",
    "Podaj hasło i numer klienta 4471-2209.",
    "PIN - your order number 77120493 is needed at the desk",
    "Logga in med ditt personnummer 19810304-1234 och din kod.",
]


@pytest.mark.parametrize(("told", "untold"), TOLD)
def test_hint_counts_where_the_letter_tells_the_rest(kinds: Kinds, told: str, untold: str) -> None:
    """Who reads the number reads the PIN; a file that opens with a birth date of no mail says nothing."""
    assert "derivable_hint" in kinds(told)
    assert "derivable_hint" not in kinds(untold)


@pytest.mark.parametrize(("hint", "near_miss"), KNOWN)
def test_what_every_reader_knows_is_no_password(kinds: Kinds, hint: str, near_miss: str) -> None:
    """Names and postcodes stand in the letter or are looked up; advice against them is none."""
    assert kinds(hint) == {"derivable_hint"}
    assert not kinds(near_miss)


@pytest.mark.parametrize("text", PASSING)
def test_sentences_that_only_resemble_hints(kinds: Kinds, text: str) -> None:
    """Logins, forms and reminders name passwords and numbers in one breath."""
    assert "derivable_hint" not in kinds(text)


def test_the_number_may_stand_in_another_part(detector: Detector) -> None:
    """The PIN is told in the body, the number in the file that hangs on it."""
    hint = Part("body.1", PartRole.BODY, "Your PIN is the last four digits of your customer number.")
    other = Part("attachment.2", PartRole.ATTACHMENT, "Customer number\n4471-2209")
    assert [finding.part for finding in detector.find(Letter("", "", (), (hint, other)))] == ["body.1"]
    assert not detector.find(Letter("", "", (), (hint,)))
    (explained,) = detector.explain(Letter("", "", (), (hint,)))
    assert explained.outcome == "not_told"
