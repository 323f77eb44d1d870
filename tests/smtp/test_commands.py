"""Addresses at the door: the address judged is the address used (promise 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.address import is_plain
from mailguard.core.errors import OddAddress, RefusedMessage
from mailguard.smtp.commands import (
    BadSyntax,
    MailCommand,
    NeedsSmtputf8,
    RcptCommand,
    UnknownParameter,
    parse_mail,
    parse_rcpt,
)
from tests.smtp.house import House
from tests.support.dialogue import Dialogue

ODD = [
    b"<a\rb@y.fi>",
    b"<a;b@y.fi>",
    b"<b@y.fi, c@z.fi>",
    b"<b@y.fi>,<c@z.fi>",
    b"<=?utf-8?q?a=40b=2Efi?=@y.fi>",
    b'<"a b"@y.fi>',
    b"<@relay.example:a@y.fi>",
    b"<a@b@y.fi>",
    b"<a(comment)@y.fi>",
    b"<a@y.fi(comment)>",
    b"<a\0@y.fi>",
    b"<a@[192.0.2.1]>",
    b"<a%b\xff@y.fi>",
    b"<\xe2\x80\xaea@y.fi>",
    b"<a\tb@y.fi>",
    b"<a@y..fi>",
    b"<<a@y.fi>>",
    b"<a@y.fi> <b@y.fi>",
    b"<a>b@y.fi>",
    b"<Anna <a@y.fi>>",
    b"Anna <a@y.fi>",
    b"<a@y.fi",
    b"a@y.fi>",
    b"<" + b"a" * 65 + b"@y.fi>",
    b"<no-domain>",
    b"<x@-y.fi>",
]


@pytest.mark.parametrize("path", ODD, ids=repr)
async def test_odd_addresses_are_refused_before_the_next_hop_hears_of_them(house: House, path: bytes) -> None:
    """What two parsers could read in two ways is refused, as sender and as recipient, and the session goes on."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        assert (await client.say(b"MAIL FROM:" + path + b" SMTPUTF8"))[:4] in (b"553 ", b"501 ")
        await client.say(b"MAIL FROM:<clerk@operator.example> SMTPUTF8")
        assert (await client.say(b"RCPT TO:" + path))[:4] in (b"553 ", b"501 ", b"555 ")
        assert (await client.say(b"RCPT TO:<anna@example.org>")).startswith(b"250")
    assert [line for line in house.sink.commands if line[:4] in (b"MAIL", b"RCPT")] == [
        b"MAIL FROM:<clerk@operator.example> SMTPUTF8\r\n",
        b"RCPT TO:<anna@example.org>\r\n",
    ]


@given(st.text(st.sampled_from('aä@.<>,;:"\\ \t\r\0()=?[]-\udcff‮%'), max_size=12))
def test_what_is_taken_is_what_was_written(text: str) -> None:
    """Any address that the parser lets through is plain and is, octet for octet, what stood between the brackets."""
    try:
        address = parse_rcpt(f"TO:<{text}>", smtputf8=True).address
    except RefusedMessage:
        return
    assert address == text
    assert is_plain(address)


def test_spellings_of_one_command() -> None:
    """Case of the keyword, a space after the colon and missing brackets make no difference; the address's case does."""
    for argument in ("FROM:<A.b@Y.fi>", "from: <A.b@Y.fi>", "FROM:A.b@Y.fi", "From:<A.b@Y.fi> "):
        assert parse_mail(argument) == MailCommand("A.b@Y.fi")
    assert parse_mail("FROM:<>") == MailCommand("")
    assert parse_rcpt("to:<a@y.fi>", smtputf8=False) == RcptCommand("a@y.fi")


def test_parameters() -> None:
    """Known parameters are read in any case; unknown, doubled and malformed ones are refused."""
    command = parse_mail("FROM:<a@y.fi> size=17 body=8bitmime SMTPUTF8 AUTH=<>")
    assert command == MailCommand("a@y.fi", 17, body_8bit=True, smtputf8=True)
    for bad in ("SIZE=1 SIZE=2", "SIZE", "SIZE=x", "SIZE=-1", "BODY=BINARYMIME", "SMTPUTF8=1", "=1", "SIZE=", "AUTH"):
        with pytest.raises(BadSyntax):
            parse_mail(f"FROM:<a@y.fi> {bad}")
    for unknown in ("RET=HDRS", "X", "ENVID=abc"):
        with pytest.raises(UnknownParameter):
            parse_mail(f"FROM:<a@y.fi> {unknown}")
    with pytest.raises(UnknownParameter):
        parse_rcpt("TO:<a@y.fi> NOTIFY=NEVER", smtputf8=False)


def test_arguments_that_are_none() -> None:
    """Missing keyword, missing path, missing everything are syntax errors."""
    for argument in (None, "", "TO:<a@y.fi>", "FROM <a@y.fi>"):
        with pytest.raises(BadSyntax):
            parse_mail(argument)
    with pytest.raises((BadSyntax, OddAddress)):
        parse_mail("FROM:")
    with pytest.raises(BadSyntax):
        parse_rcpt("TO:<>", smtputf8=False)


def test_international_addresses_need_their_parameter() -> None:
    """An address that is not ASCII is taken after SMTPUTF8 only."""
    with pytest.raises(NeedsSmtputf8):
        parse_mail("FROM:<zoë@y.fi>")
    assert parse_mail("FROM:<zoë@y.fi> SMTPUTF8").reverse_path == "zoë@y.fi"
