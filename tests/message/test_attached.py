"""What hangs on a message, and the HTML of its bodies, for a page that lists and shows them."""

from email.message import EmailMessage
from email.policy import SMTP

from mailguard.message.html_bodies import read_html_bodies
from mailguard.message.read import read_letter


def letter(html: str | None = None) -> EmailMessage:
    """A message of two bodies."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Papers"
    message.set_content("see below")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def test_every_file_is_listed_with_its_size() -> None:
    """Read, unread and unreadable files alike: type by octets, type as written, name, decoded octets."""
    message = letter()
    message.add_attachment(b"item,price\r\n", maintype="text", subtype="csv", filename="prices.csv")
    message.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(200), maintype="image", subtype="png", filename="a.png")
    message.add_attachment(bytes(range(256)) * 9, maintype="application", subtype="octet-stream", filename="x.bin")
    listed = [(a.kind, a.media_type, a.file_name, a.size) for a in read_letter(message.as_bytes()).attached]
    assert listed == [
        ("text", "text/csv", "prices.csv", 12),
        ("image", "image/png", "a.png", 208),
        ("unknown", "application/octet-stream", "x.bin", 2304),
    ]


def test_html_is_found_under_the_path_of_its_part() -> None:
    """The source stands under the name that findings have for its text; a file of HTML is no body."""
    message = letter("<p>hej <b>du</b></p>")
    message.add_attachment("<p>file</p>", subtype="html", filename="page.html")
    raw = message.as_bytes()
    bodies = read_html_bodies(raw)
    assert bodies == {"body.1.2.html": "<p>hej <b>du</b></p>\n"}
    assert set(bodies) <= {part.path for part in read_letter(raw).parts}


def test_html_that_can_be_read_in_two_ways_is_left_out() -> None:
    """Two transfer encodings: which one a mail program follows is not known, so nothing is offered."""
    plain = letter("<p>hej</p>").as_bytes()
    raw = plain.replace(b"Content-Type: text/html", b"Content-Transfer-Encoding: base64\r\nContent-Type: text/html")
    assert raw != plain
    assert read_html_bodies(raw) == {}
    assert read_html_bodies(b"\xff\x00" * 50) == {}
