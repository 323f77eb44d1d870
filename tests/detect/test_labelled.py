"""Labels and values in every form of the grammar, each beside its near-miss."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from tests.detect.conftest import Kinds
from tests.evaluate.cases import plain_letter

FORMS = [
    ("Salasana: kesakissa", "Salasana: katso liite"),
    ("Passwort: sonnenblume", "Passwort: folgt per Post"),
    ("Your password is Kestrel41.", "Your password is required."),
    ("hasło to Rzepak2023", "hasło to podstawa bezpieczeństwa"),
    ("Het wachtwoord van de wifi is tulp-en-klomp.", "Het wachtwoord van de wifi is gewijzigd."),
    ("Ihr Kennwort lautet Moorhuhn_19", "Ihr Kennwort lautet anders als früher"),
    ("Lösenordet ändrades till Korp#77.", "Lösenordet ändrades 2024-03-01."),
    ("PIN-koodi 1234", "PIN-koodi 12 päivän päästä"),
    ("Uusi salasana:\n\n   Q7#reppu\n", "Uusi salasana:\n\n   Terveisin\n"),
    ("Password\nmoorhen-lake-3\n", "Password\nConfirm password\n"),
    ("user/password: anna / Otter-22", "user/password: see below / attached"),
    ("user: anna, password: otter", "user: anna, password: required"),
    ("118204 is your verification code.", "118204 is your order number."),
    ("Use Copper_Kettle as the password.", "Use anything as the password."),
    ('The wifi password is "lighthouse"', 'The wifi password is "required"'),
    ("Tunnusluku on 8 8 1 4.", "Tunnusluku on 8 merkkiä."),
    ("Server=db;User Id=app;Password=Wren$House7;", "Server=db;User Id=app;Password=${DB_PASSWORD};"),
    ("SALASANA = KOIVU8", "SALASANA = ********"),
    ("losenord: sommar", "losenord: skickas separat"),
    ("Kundenkennwort: Falke88", "Kennwortregel: mindestens 12"),
    ("The door code is 4471.", "The zip code is 90210."),
    ("Wachtwoord = <b>Haring9</b>".replace("<b>", "").replace("</b>", ""), "Wachtwoord = <wachtwoord>"),
    ("Username\nkate\nPassword\nlantern\n", "Username\nE-mail\nPassword\nContinue\n"),
    ("Käyttäjätunnus:\nmatti\nSalasana:\nomenapuu\n", "Käyttäjätunnus\nmatti\nSalasana\nUnohditko?\n"),
    ("Konto\nkate77\nPasswort\nlaterne\n", "Konto\nEinstellungen\nPasswort\nDatenschutz\n"),
    ("User: advert\nPassword: paper/press", "User: advert\nPassword: letters/digits"),
    ("User: advert\nPassword: otter.dune", "User: advert\nPassword: form.value"),
    ("Losenord: 'utter.dyn'", "Glom inte losenord.Tack for det"),
    ("Mobile number     07700 900461\nPIN               4829", "Drawing           07700\nPIN               4 mm"),
    ("WLAN-Passwort            83920471556620184412", "WLAN-Passwort            siehe Rückseite"),
    ("Passwort: Tq8(mzWp3", "password = md5(salt2"),
    ("The password's bluebell22 now.", "The password's length is twelve."),
    ("define('SMTP_PASSWORD', 'bluebell')", "define('MIN_PASSWORD', 'eight')"),
    ("Das Passwort wurde geändert, jetzt ist es Flieder88.", "Das Passwort wurde geändert, jetzt ist es 14:30Uhr."),
    ("Your voicemail PIN is 613, dial 121.", "Choose your voicemail PIN: dial 121."),
    ("password: correct horse battery staple", "password: the one we agreed on"),
]


@pytest.mark.parametrize(("hit", "miss"), FORMS)
def test_form_and_near_miss(kinds: Kinds, hit: str, miss: str) -> None:
    """The form is found, and what only resembles it is not."""
    assert kinds(hit)
    assert not kinds(miss)


def test_structure_outvotes_the_dictionary(kinds: Kinds) -> None:
    """A plain word in a login is a password, the same word in a sentence is not."""
    assert kinds("Login: matti\nPassword: kesa") == {"password"}
    assert not kinds("Reading the password takes a summer, said Matti.")


def test_conference_codes_pass(kinds: Kinds) -> None:
    """Codes of meetings are sent to everybody on purpose."""
    assert not kinds("Join Zoom Meeting\nMeeting ID: 881 2045 6123\nPasscode: 771204")
    assert not kinds("Dial-in 1-800-555-0142, access code 7719034#")


def test_label_inside_a_url_names_a_page(kinds: Kinds) -> None:
    """A reset link is no secret by the word in its path."""
    assert not kinds("https://oma.example.fi/salasana/vaihda?token=8f3a2c")


INVITATIONS = [
    "Join Zoom Meeting\nhttps://us02web.zoom.us/j/88120456123?pwd=Kx83hsLqPd9zTT.1\n"
    "Meeting ID: 881 2045 6123\nPasscode: x7KpQ2",
    "Microsoft Teams meeting\nMeeting ID: 312 445 991 22\nPasscode: aB3xY9",
    "Meeting number: 2556 123 9912\nMeeting password: kPw3RmJ92Zx",
    "Liity Zoom-kokoukseen\nhttps://us02web.zoom.us/j/88120456123?pwd=Kx83hsLq\n"
    "Kokouksen tunnus: 881 2045 6123\nSalasana: 77Kx04",
    "Kokouksen numero: 2556 123 9912\nKokouksen salasana: kPw3RmJ92Zx",
    "Anslut till mötet nu\nMötes-ID: 312 445 991 22\nLösenord: aB3xY9",
    "Mötesnummer (åtkomstkod): 2556 123 9912\nMöteslösenord: kPw3RmJ92Zx",
    "ID spotkania: 881 2045 6123\nHasło: x7KpQ2",
    "Numer spotkania: 2556 123 9912\nHasło spotkania: kPw3RmJ92Zx",
    "Vergaderings-id: 312 445 991 22\nWachtwoord: aB3xY9",
    "Vergadernummer (toegangscode): 2556 123 9912\nWachtwoord voor vergadering: kPw3RmJ92Zx",
    "Meeting-Kennnummer (Zugriffscode): 2556 123 9912\nMeeting Passwort: kPw3RmJ92Zx",
    "Sitzungs-ID: 312 445 991 22\nPasswort: aB3xY9",
    "https://meet.google.com/abc-defg-hij\nOr dial: (FI) +358 9 123 4567 PIN: 441 882 903#",
]
NO_INVITATIONS = [
    "After the meeting: your password is Kesaranta77.",
    "The meeting room door code is 4471.",
    "Kokouksessa sovittiin: uusi salasana on Kesaranta77.",
    "Spotkanie jutro. Hasło do poczty: Rzepak2023",
    "Vi ses på mötet. Lösenordet till routern är Korp#77",
    "Nach der Sitzung: Ihr Kennwort lautet Moorhuhn_19",
    "Na de vergadering: het wachtwoord is Zeehond55",
]


@pytest.mark.parametrize("text", INVITATIONS)
def test_invitation_passes(kinds: Kinds, text: str) -> None:
    """What an invitation to a meeting says to all invited passes, link and code, in six languages."""
    assert not kinds(text)


@pytest.mark.parametrize("text", NO_INVITATIONS)
def test_meeting_alone_is_no_invitation(kinds: Kinds, text: str) -> None:
    """A password beside the mere word for a meeting is found."""
    assert kinds(text)


@pytest.mark.parametrize("label", ["Рassword", "Раsswоrd", "Sаlasana", "Lösenοrd", "Нasło", "Ｐａｓｓｗｏｒｄ"])
def test_look_alike_letters_hide_no_label(kinds: Kinds, label: str) -> None:
    """A label with Cyrillic, Greek or fullwidth letters is read as the one it is drawn like."""
    assert kinds(f"{label}: Xk29!vuL") == {"password"}
    assert not kinds(f"{label}: ********")


MARKUP = [
    ("<password>Kesaranta77</password>", "<password>${DB_PASSWORD}</password>"),
    ("<config>\n  <password>kesaranta</password>\n</config>", "<password>required</password>"),
    ("<db:password type='string'>Xk29!vuL</db:password>", "<password></password><hint>Xk29!vuL</hint>"),
    ("<haslo><![CDATA[Rzepak!23]]></haslo>", "<haslo>********</haslo>"),
    ("<losenord>Korp#77</losenord>", "<losenord/>"),
    ("<salasana>kesaranta</salasana>", "<salasana>Kennwort</salasana>"),
    ("<userPassword>Kesaranta77</userPassword>", "<passwordPolicy>Kesaranta77</passwordPolicy>"),
    ("<pin>4471</pin>", "<pin>GPIO14</pin>"),
    ('<add key="password" value="Kesaranta77"/>', '<add key="password" value="{vault}"/>'),
    ('<string name="password">Kesaranta77</string>', '<label for="password">Choose</label>'),
    ("<key>password</key>\n<string>Kesaranta77</string>", "<key>password</key>\n<string>Password</string>"),
    ('{"user": "anna", "password": "kesaranta"}', '{"password": {"type": "string"}}'),
    ('{\\"password\\":\\"Kesaranta77\\"}', '{\\"password\\":\\"string\\"}'),
    ("smtp:\n  password: kesaranta\n", "smtp:\n  password: !vault |\n"),
    ("define('DB_PASSWORD', 'otterdune');", "define('DB_PASSWORD', 'dein_passwort_hier');"),
    ('define( "SMTP_PASS", "Otter/dune.3" );', 'define("SMTP_PASS", "");'),
    ("setenv('PGPASSWORD', 'Otter-dune3')", "text('password', 'Choose')"),
    ("->set('password', 'Otter!dune3')", "array('login', 'password', 'remember')"),
    ("wachtwoord: 'zee hond 55'", "wachtwoord: ''"),
]


@pytest.mark.parametrize(("hit", "miss"), MARKUP)
def test_files_of_programs(kinds: Kinds, hit: str, miss: str) -> None:
    """Elements of XML, pairs of JSON and YAML, beside placeholders, schemas and captions of forms."""
    assert kinds(hit)
    assert not kinds(miss)


def test_value_of_markup_is_the_value_alone(detector: Detector) -> None:
    """No sign of the markup belongs to the value."""
    for text in (
        "<password><![CDATA[Kesa!77x]]></password>",
        '{\\"password\\":\\"Kesa!77x\\"}',
        "<pwd> Kesa!77x </pwd>",
    ):
        (finding,) = detector.find(Letter("", "", (), (Part("body.1", PartRole.BODY, text),)))
        assert text[finding.start : finding.end] == "Kesa!77x"


@pytest.mark.parametrize("value", ["**Kesa1**", "***Kesa1***", "**Kesa1", "****Kesa1kissa", "*Kesa1*"])
def test_stars_around_a_value_do_not_hide_it(detector: Detector, value: str) -> None:
    """Bold and italics are written with stars; only a few signs behind three stars or more are the rest of a mask."""
    assert detector.find(plain_letter(f"Passwort: {value}"))
    assert not detector.find(plain_letter("Klucz kończący się na ****7b3e proszę zastąpić."))
