"""Whom the letter's own lines name, beside the envelope; and names that pretend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.desk.display import person
from mailguard.desk.letter.lookalikes import deceiving_letters
from mailguard.desk.letter.mailboxes import compare_envelope, read_mailboxes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Anna <a@b.fi>, m@x.fi", [("Anna", "a@b.fi"), ("", "m@x.fi")]),
        ('"Virtanen, Mikko" <m@x.fi>; c@d.fi', [("Virtanen, Mikko", "m@x.fi"), ("", "c@d.fi")]),
        ("Virtanen, Mikko <m@x.fi>", [("Virtanen, Mikko", "m@x.fi")]),
        ("grp: a@b.fi, c@d.fi;", [("", "a@b.fi"), ("", "c@d.fi")]),
        ('"unclosed <a@b.fi>, x@y.fi', [('"unclosed', "a@b.fi"), ("", "x@y.fi")]),
        ('"Bob \\"x, y\\"" <q@w.fi>', [('Bob "x, y"', "q@w.fi")]),
        ("undisclosed-recipients:;", []),
        ("", []),
    ],
)
def test_mailboxes_of_a_field(text: str, wanted: list[tuple[str, str]]) -> None:
    """Names with commas, quotes that never close, groups: each mailbox once, with its own name."""
    assert [(box.name, box.address) for box in read_mailboxes("To", text)] == wanted


@pytest.mark.parametrize(
    ("text", "pretended"),
    [
        ('"boss@bank.fi" <evil@x.fi>', "boss@bank.fi"),
        ("Boss (boss@bank.fi) <evil@x.fi>", "boss@bank.fi"),
        ("Boss &lt;boss@bank.fi <evil@x.fi>", "&lt;boss@bank.fi"),
        ('"A@b.fi" <a+tag@B.fi>', None),
        ("Anna @ work <a@b.fi>", None),
    ],
)
def test_a_name_that_shows_another_address(text: str, pretended: str | None) -> None:
    """Many programs show the name alone: another address in it is told, the mailbox's own is not."""
    (box,) = read_mailboxes("From", text)
    assert (box.pretended or "").removeprefix("&lt;") == (pretended or "").removeprefix("&lt;")


@given(st.text('a<>@",;\\ .', max_size=60))
def test_any_field_is_read(text: str) -> None:
    """No text of separators makes it fail, and every address that is given stands in the text."""
    for box in read_mailboxes("To", text):
        assert box.address in text


@pytest.mark.parametrize("text", ['"' * 20_000, "<" * 20_000, "a@b," * 5_000, '"\\' * 10_000, "<@" * 9_999 + ">"])
def test_a_hostile_field_is_read_in_one_pass(text: str) -> None:
    """What would be quadratic for a pattern gives two hundred mailboxes at most."""
    assert len(read_mailboxes("To", text)) <= 200


def test_envelope_and_letter_need_not_agree() -> None:
    """A blind copy, somebody who is named and gets nothing, another sender, and a spelling that is the same mailbox."""
    headers = [
        ("From", "Anna <anna@operator.example>"),
        ("To", "Mikko <M.Virtanen@mail.example>, Teppo <teppo@mail.example>"),
        ("Cc", "m.virtanen@MAIL.example"),
    ]
    named = compare_envelope(["m.virtanen@mail.example", "blind@mail.example"], "bounce@operator.example", headers)
    assert [(box.field, box.name) for box in named.fields["m.virtanen@mail.example"]] == [("To", "Mikko"), ("Cc", "")]
    assert named.fields["blind@mail.example"] == ()
    assert [box.address for box in named.strangers] == ["teppo@mail.example"]
    assert [box.address for box in named.senders] == ["anna@operator.example"]


@pytest.mark.parametrize(
    ("name", "deceiving"),
    [
        ("Mikko Virtanen", ""),
        ("Łukasz Żółć, Müller, Ångström", ""),
        ("Мария Иванова", ""),
        ("Ελένη", ""),
        ("M\u0430ria", "\u0430"),
        ("\u0421\u0430\u0440\u0430", "\u0421\u0430\u0440\u0430"),
        ("\uff36irtanen", "\uff36"),
        ("\U0001d40cikko", "\U0001d40c"),
        ("Мaрия", ""),
    ],
)
def test_letters_of_a_name_that_deceive(name: str, deceiving: str) -> None:
    """A letter of another script among Latin ones, a word that is all look-alikes, and letters of another face."""
    found = "".join(name[at] for at in sorted(deceiving_letters(name)))
    assert found == deceiving or (name == "Мaрия" and found)
    shown = person(name)
    assert shown.count('class="foreign deceiving"') == len(found)
    if deceiving:
        assert "≈" in shown
