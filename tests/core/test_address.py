"""Addresses: what is refused, and when two are the same mailbox."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.address import canonical, domain_of, is_plain


@pytest.mark.parametrize(
    "address",
    ["a@b.example", "first.last+tag@sub.domain.example", "ääkkö@köln.example", "o'neill@b.example", "x@y"],
)
def test_plain_addresses(address: str) -> None:
    """Dot-strings, also internationalised ones (RFC 6531)."""
    assert is_plain(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@b.example",
        "a@b@c.example",
        "a;b@y.example",
        "b@y.example, c@z.example",
        "a\rb@y.example",
        "a\nb@y.example",
        "a\0b@y.example",
        "a b@y.example",
        '"a b"@y.example',
        "<a@y.example>",
        "a(comment)@y.example",
        "=?utf-8?q?a?=@y.example",
        ".a@y.example",
        "a.@y.example",
        "a..b@y.example",
        "a@-y.example",
        "a@y..example",
        "a@[127.0.0.1]",
        "a\u202eb@y.example",
        "a\udcffb@y.example",
        "a\u200bb@y.example",
        "x" * 65 + "@y.example",
        "a@" + "y" * 254 + ".example",
        "@relay.example:a@y.example",
    ],
)
def test_odd_addresses_are_refused(address: str) -> None:
    """Whatever two parsers could read differently never gets in (promise 6)."""
    assert not is_plain(address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Matti.Virtanen@Post.Example", "matti.virtanen@post.example"),
        ("matti+orders@post.example", "matti@post.example"),
        ("matti.virtanen@gmail.com", "mattivirtanen@googlemail.com"),
        ("a@köln.example", "a@xn--kln-sna.example"),
        ("ａ@post.example", "a@post.example"),
        ("a@post.example.", "a@post.example"),
    ],
)
def test_two_spellings_of_one_mailbox(one: str, other: str) -> None:
    """Case, plus tags, Gmail's dots, alias domains, punycode, full width."""
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("matti.virtanen@post.example", "mattivirtanen@post.example"),
        ("matti@post.example", "mattj@post.example"),
        ("matti@post.example", "matti@post.examp1e"),
        ("mattі@post.example", "matti@post.example"),
        ("+x@post.example", "@post.example"),
    ],
)
def test_two_mailboxes(one: str, other: str) -> None:
    """Dots count everywhere but at Gmail, and a Cyrillic letter is another letter."""
    assert canonical(one) != canonical(other)


@given(st.emails())
def test_canonical_form_is_stable(address: str) -> None:
    """A second application changes nothing."""
    assert canonical(canonical(address)) == canonical(address)


@given(st.text("aZ9._+-=?@é ", max_size=24))
def test_the_short_cut_lets_nothing_else_through(text: str) -> None:
    """What the quick pattern for everyday addresses takes, the slow look at every character takes too."""
    address = f"{text}@post.example"
    quick = is_plain(address)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mailguard.core.address._EVERYDAY", re.compile("(?!)"))
        assert is_plain(address) == quick


@given(st.text(max_size=80))
def test_no_text_breaks_them(text: str) -> None:
    """Whatever a client or a customer file holds."""
    assert isinstance(canonical(text), str)
    assert isinstance(is_plain(text), bool)
    assert domain_of(f"{text}@post.example") == "post.example"
