"""Another address in To, Cc and Bcc: exactly the octets of the address, however the header is written, or a refusal."""

import time
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.errors import CannotCorrect
from mailguard.message.readdressing import ChangedLine, readdress

WRONG, RIGHT = "mikko.virtanen@mail.example", "virtanen.mikko@post.example"
REST = (
    b"Subject: Your order\r\nX-Note: mikko.virtanen@mail.example\r\n\r\nTo: mikko.virtanen@mail.example\r\n\r\nHi.\r\n"
)


def readdressed(to: bytes) -> bytes:
    """The To field afterwards; everything else is checked to be as it was."""
    head = b"From: anna@operator.example\r\n"
    raw = head + to + b"\r\n" + REST
    done = readdress(raw, {WRONG: RIGHT}).raw
    assert done.startswith(head)
    assert done.endswith(b"\r\n" + REST)
    return done[len(head) : -len(REST) - 2]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"To: mikko.virtanen@mail.example", b"To: virtanen.mikko@post.example"),
        (b"To: Mikko Virtanen <mikko.virtanen@mail.example>", b"To: Mikko Virtanen <virtanen.mikko@post.example>"),
        (b'Cc:  "Virtanen, M" <Mikko.Virtanen@MAIL.example>', b'Cc:  "Virtanen, M" <virtanen.mikko@post.example>'),
        (b"tO: a@x.example,\r\n\tMikko\r\n <mikko.virtanen@mail.example>, b@y.example",
         b"tO: a@x.example,\r\n\tMikko\r\n <virtanen.mikko@post.example>, b@y.example"),
        (b"To : mikko.virtanen@mail.example", b"To : virtanen.mikko@post.example"),
        (b'To: "mikko.virtanen"@mail.example', b"To: virtanen.mikko@post.example"),
        (b'To: "mik\\ko.virtanen"@mail.example', b"To: virtanen.mikko@post.example"),
        (b"To: mikko.virtanen+shop@mail.example", b"To: virtanen.mikko@post.example"),
        (b"To: 'mikko.virtanen@mail.example' <mikko.virtanen@mail.example>",
         b"To: 'virtanen.mikko@post.example' <virtanen.mikko@post.example>"),
        (b'To: "mikko.virtanen@mail.example" <mikko.virtanen@mail.example>',
         b'To: "virtanen.mikko@post.example" <virtanen.mikko@post.example>'),
        (b"To: Customers: mikko.virtanen@mail.example, b@y.example;",
         b"To: Customers: virtanen.mikko@post.example, b@y.example;"),
        (b"To: <@relay.example:mikko.virtanen@mail.example>", b"To: <@relay.example:virtanen.mikko@post.example>"),
        (b"To: Mikko (mikko.virtanen@mail.example) <mikko.virtanen@mail.example>",
         b"To: Mikko (virtanen.mikko@post.example) <virtanen.mikko@post.example>"),
        (b"To: =?utf-8?q?Mikko_V=C3=A4?= <mikko.virtanen@mail.example>",
         b"To: =?utf-8?q?Mikko_V=C3=A4?= <virtanen.mikko@post.example>"),
        (b"To: V\xc3\xa4 <mikko.virtanen@mail.example>, \xe4@z.example",
         b"To: V\xc3\xa4 <virtanen.mikko@post.example>, \xe4@z.example"),
        (b"To: mikko.virtanen@mail.example.", b"To: virtanen.mikko@post.example."),
        (b"Bcc: mikko.virtanen@mail.example", b"Bcc: virtanen.mikko@post.example"),
        (b"Resent-To: mikko.virtanen@mail.example", b"Resent-To: virtanen.mikko@post.example"),
    ],
)  # fmt: skip
def test_only_the_address_changes(before: bytes, after: bytes) -> None:
    """Names, folds, comments, groups, routes and 8-bit names stay as they are, octet by octet."""
    assert readdressed(before) == after


@pytest.mark.parametrize(
    "field",
    [
        b"To: other@mail.example",
        b"To: amikko.virtanen@mail.example",
        b"To: mikko.virtanen@mail.example.org",
        b"To: undisclosed-recipients:;",
        b"Reply-To: amikko.virtanen@mail.example",
        b"X-Customer: mikko.virtanen@mail.example",
        b'To: "',
        b"To:",
    ],
)
def test_others_are_left_alone(field: bytes) -> None:
    """Where no list of recipients names the address, no octet changes."""
    assert readdressed(field) == field


@pytest.mark.parametrize(
    "field",
    [
        b"To: =?utf-8?q?mikko=2Evirtanen=40mail=2Eexample?= <a@x.example>",
        b"To: =?utf-8?b?bWlra28udmlydGFuZW5AbWFpbC5leGFtcGxl?=",
        b"To: mikko.virtanen(his)@mail.example",
        b"To: mikko.virtanen@(his)mail.example",
        b"To: mikko . virtanen @ mail . example",
        b"To: mikko.virtanen\r\n @mail.example",
        b"To: " + b", ".join([b"a@x.example"] * 5000) + b", mikko.virtanen@mail.example",
        b"To: mikko.virtanen(his\\)own)@mail.example",
        b"To: mikko.virtanen" + b"(" * 9 + b"his" + b")" * 9 + b"@mail.example",
        "To: mikko.virtanen\uff20mail.example".encode(),
        b"To\r\n : mikko.virtanen@mail.example",
        b"this line is no field\r\nTo: mikko.virtanen@mail.example",
        b"X-\xe4: 1\r\nCc: Mikko\r\n <mikko.virtanen@mail.example>",
        b"Reply-To: Mikko <mikko.virtanen@mail.example>",
        b"Mail-Followup-To: a@x.example, mikko.virtanen@mail.example",
        b"From: =?utf-8?q?mikko=2Evirtanen=40mail=2Eexample?= <a@x.example>",
        b"To: " + b"a" * 965 + b" <mikko.virtanen@mail.example>",
    ],
)  # fmt: skip
def test_what_cannot_be_corrected_is_refused(field: bytes) -> None:
    """No reader may find the wrong address where the page said that it has been corrected, nor any answer go to it."""
    with pytest.raises(CannotCorrect):
        readdressed(field)


def test_every_line_is_shown() -> None:
    """All To and Cc lines are corrected, and each is shown before and after."""
    to = b"To: Mikko\r\n <mikko.virtanen@mail.example>\r\n"
    raw = to + b"Cc: a@x.example\r\nCC: mikko.virtanen@mail.example\r\n\r\n.\r\n"
    done = readdress(raw, {WRONG: RIGHT})
    assert done.lines == (
        ChangedLine(f"To: Mikko <{WRONG}>", f"To: Mikko <{RIGHT}>"),
        ChangedLine(f"CC: {WRONG}", f"CC: {RIGHT}"),
    )
    assert done.raw.count(RIGHT.encode()) == 2


def test_a_hostile_header_takes_no_time() -> None:
    """Tens of thousands of pieces that are nearly addresses: linear work."""
    began = time.process_time()
    for piece in (b"@", b"a@", b'"@', b'\\"@', b"a.", b"(", b"=?utf-8?q?a@?= "):
        field = b"To: " + piece * (60_000 // len(piece))
        readdress(field + b"\r\n\r\n", {WRONG: RIGHT})
    assert time.process_time() - began < 5


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=4), st.binary(max_size=60))
def test_what_a_mail_program_writes(names: list[str], body: bytes) -> None:
    """Whatever the names: a program that reads the corrected letter finds the right address where the wrong one was."""
    message = EmailMessage(policy=policy.SMTP)
    boxes = [Address(_name(name), f"box{n}", "x.example") for n, name in enumerate(names)]
    message["To"] = (*boxes, Address("Mikko", addr_spec=WRONG))
    raw = message.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body
    done = readdress(raw, {WRONG: RIGHT}).raw
    assert done.partition(b"\r\n\r\n")[2] == body
    # Compared with what it reads in the original: of some encoded names it reads the next mailbox as a part.
    before, after = (BytesParser(policy=policy.default).parsebytes(one, headersonly=True)["To"] for one in (raw, done))
    assert str(after) == str(before).replace(WRONG, RIGHT)


def _name(text: str) -> str:
    return "".join(ch for ch in text if ch.isprintable())
