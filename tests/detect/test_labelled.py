"""Labels and values in every form of the grammar, each beside its near-miss."""

import pytest

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
    ("password: correct horse battery staple", "password: the one we agreed on"),
]


@pytest.mark.parametrize(("hit", "miss"), FORMS)
def test_form_and_near_miss(kinds, hit, miss):
    """The form is found, and what only resembles it is not."""
    assert kinds(hit)
    assert not kinds(miss)


def test_structure_outvotes_the_dictionary(kinds):
    """A plain word in a login is a password, the same word in a sentence is not."""
    assert kinds("Login: matti\nPassword: kesa") == {"password"}
    assert not kinds("Reading the password takes a summer, said Matti.")


def test_conference_codes_pass(kinds):
    """Codes of meetings are sent to everybody on purpose."""
    assert not kinds("Join Zoom Meeting\nMeeting ID: 881 2045 6123\nPasscode: 771204")
    assert not kinds("Dial-in 1-800-555-0142, access code 7719034#")


def test_label_inside_a_url_names_a_page(kinds):
    """A reset link is no secret by the word in its path."""
    assert not kinds("https://oma.example.fi/salasana/vaihda?token=8f3a2c")
