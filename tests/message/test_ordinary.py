"""Ordinary mail in six languages and of every common make: its text is read, and there is no trouble."""

import gzip

import pytest

from mailguard.message.read import read_letter
from tests.message.writing import HEAD, all_text, attachment, b64, letter, mixed, text_of, zipped

PDF = b"%PDF-1.7\n\xe2\xe3\xcf\xd3\0\1\2\3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
SIGNATURE = bytes.fromhex("308006092a864886f70d010702a0803080020101310f300d0609608648016503040201050030") + bytes(300)


def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


ORDINARY: dict[str, tuple[bytes, str]] = {
    "Finnish, quoted-printable": (
        letter(
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
            "Hyv=C3=A4 asiakas, kiitos tilauksesta. Toimitamme sen viikon kuluessa =\nosoitteeseenne.\n"
        ),
        "kuluessa osoitteeseenne",
    ),
    "Swedish, ISO 8859-1": (
        letter("Content-Type: text/plain; charset=iso-8859-1\n\nFörsäljning på ön\n".encode("latin-1")),
        "Försäljning på ön",
    ),
    "Polish, ISO 8859-2": (
        letter("Content-Type: text/plain; charset=ISO-8859-2\n\nZażółć gęślą jaźń\n".encode("iso8859-2")),
        "Zażółć gęślą jaźń",
    ),
    "Polish, windows-1250 without a label": (letter("\nZażółć gęślą jaźń, proszę\n".encode("cp1250")), "proszę"),
    "Dutch, windows-1252": (
        letter("Content-Type: text/plain; charset=windows-1252\n\nDe café’s – €\n".encode("cp1252")),
        "café’s – €",
    ),
    "German, 8bit UTF-8": (letter("Content-Type: text/plain; charset=UTF-8\n\nGrüße aus Köln\n"), "Grüße aus Köln"),
    "English, format=flowed": (
        letter(
            "Content-Type: text/plain; charset=us-ascii; format=flowed\n\n"
            "the new \noffice is open\n> a \n> b\n\n-- \nMe\n"
        ),
        "the new office is open\n> a b\n",
    ),
    "no MIME at all": (letter("\nplain words\n", head="From: a@b.example\nTo: c@d.example\n"), "plain words"),
    "no header fields but one": (b"Subject: x\r\n\r\nplain words\r\n", "plain words"),
    "LF line ends": (b"Subject: x\nContent-Type: text/plain\n\nplain words\n", "plain words"),
    "very long line": (letter("\n" + "word " * 20_000 + "the end\n"), "the end"),
    "empty body": (letter("\n"), "Tilaus"),
    "mbox line in front": (b"From a@b.example Mon Jan  1 00:00:00 2026\r\n" + letter("\nplain words\n"), "plain words"),
    "Outlook: alternative in related in mixed": (
        letter(
            mixed(
                'Content-Type: multipart/related; boundary="----=_NextPart_001"; type="multipart/alternative"\n\n'
                '------=_NextPart_001\nContent-Type: multipart/alternative;\n\tboundary="----=_NextPart_001_A"\n\n'
                '------=_NextPart_001_A\nContent-Type: text/plain; charset="iso-8859-1"\n\nMoi\n\n'
                '------=_NextPart_001_A\nContent-Type: text/html; charset="iso-8859-1"\n\n'
                "<html><head><style><!-- p.MsoNormal {margin:0cm;} --></style><!--[if gte mso 9]><xml>"
                '<o:shapedefaults v:ext=3D"edit" spidmax=3D"1026"/></xml><![endif]--></head>'
                "<body><p class=MsoNormal>Moi<o:p></o:p></p></body></html>\n"
                "------=_NextPart_001_A--\n\n"
                f"------=_NextPart_001\n{attachment('image001.png', PNG, 'image/png')}\n------=_NextPart_001--\n",
                attachment("Lasku 2026.pdf", PDF, "application/pdf"),
                boundary="----=_NextPart_000",
            )
        ),
        "Moi",
    ),
    "Apple Mail": (
        letter(
            'Content-Type: multipart/alternative;\n\tboundary="Apple-Mail=_1A2B"\n\n\n--Apple-Mail=_1A2B\n'
            "Content-Transfer-Encoding: 7bit\nContent-Type: text/plain;\n\tcharset=us-ascii\n\nHei hei\n"
            "--Apple-Mail=_1A2B\nContent-Transfer-Encoding: 7bit\nContent-Type: text/html;\n\tcharset=us-ascii\n\n"
            '<html><body style="word-wrap: break-word;">Hei hei</body></html>\n--Apple-Mail=_1A2B--\n'
        ),
        "Hei hei",
    ),
    "Gmail with unquoted boundary": (
        letter(
            "Content-Type: multipart/alternative; boundary=0000000000001a2b3c\n\n--0000000000001a2b3c\n"
            'Content-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: base64\n\n'
            + b64("Hyvää päivää")
            + '\n--0000000000001a2b3c\nContent-Type: text/html; charset="UTF-8"\nContent-Transfer-Encoding: base64\n\n'
            + b64("<div dir=ltr>Hyvää päivää</div>")
            + "\n--0000000000001a2b3c--\n"
        ),
        "Hyvää päivää",
    ),
    "mailing list with a footer part": (
        letter(
            mixed(
                "Content-Type: text/plain\n\nwords\n", 'Content-Type: text/plain; charset="us-ascii"\n\n____\nlist\n'
            ),
            head=HEAD + "List-Id: <a.b.example>\nList-Unsubscribe: <https://b.example/u?a=1>\nPrecedence: list\n",
        ),
        "words",
    ),
    "bounce": (
        letter(
            'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="AA/mx.example"\n\n'
            "This is a MIME-encapsulated message.\n\n--AA/mx.example\nContent-Description: Notification\n"
            "Content-Type: text/plain; charset=us-ascii\n\nI'm sorry\n\n--AA/mx.example\n"
            "Content-Description: Delivery report\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.example\nArrival-Date: Mon, 16 Nov 2026 09:00:00 +0200 (EET)\n\n"
            "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n"
            "    such user\n\n--AA/mx.example\nContent-Description: Undelivered Message Headers\n"
            "Content-Type: text/rfc822-headers\n\nReturn-Path: <a@b.example>\nSubject: the first letter\n"
            'Content-Type: multipart/mixed; boundary="zz"\n\n--AA/mx.example--\n'
        ),
        "the first letter",
    ),
    "bounce with a whole message": (
        letter(
            "Content-Type: multipart/report; boundary=aa\n\n--aa\n\nsorry\n--aa\nContent-Type: message/rfc822\n\n"
            "Subject: inner\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\ninner words\n--bb--\n\n--aa--\n"
        ),
        "inner words",
    ),
    "calendar invitation": (
        letter(
            mixed(
                "Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n"
                "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Palaveri\nDESCRIPTION:Huone on Marja\n"
                " puuro\\, tervetuloa\\nEsityslista\nEND:VEVENT\nEND:VCALENDAR\n"
            )
        ),
        "Huone on Marjapuuro, tervetuloa\nEsityslista",
    ),
    "PGP-signed": (
        letter(
            "Content-Type: multipart/signed; micalg=pgp-sha256;\n "
            'protocol="application/pgp-signature";\n boundary="aa"\n\n'
            "--aa\nContent-Type: text/plain\n\nsigned words\n--aa\nContent-Type: application/pgp-signature; "
            'name="signature.asc"\nContent-Disposition: attachment; filename="signature.asc"\n\n'
            f"-----BEGIN PGP SIGNATURE-----\n\n{b64(bytes(range(200)))}=aBcD\n-----END PGP SIGNATURE-----\n\n--aa--\n"
        ),
        "signed words",
    ),
    "S/MIME-signed, detached": (
        letter(
            'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="aa"\n\n'
            "This is a cryptographically signed message in MIME format.\n\n"
            "--aa\nContent-Type: text/plain\n\nwords\n--aa\n"
            + attachment("smime.p7s", SIGNATURE, "application/pkcs7-signature")
            + "\n--aa--\n"
        ),
        "words",
    ),
    "spreadsheet as CSV": (
        letter(mixed("\nlist\n", attachment("lista.csv", "nimi;PIN\nMatti;4826\n".encode("utf-16"), "text/csv"))),
        "nimi: Matti\nPIN: 4826",
    ),
    "vCard, JSON and log files": (
        letter(
            mixed(
                attachment("a.vcf", b"BEGIN:VCARD\nFN:Matti\nEND:VCARD\n", "text/vcard"),
                attachment("a.json", b'{"a": "p\\u00e4iv\\u00e4"}', "application/json"),
                attachment("a.log", b"one line\n"),
            )
        ),
        "päivä",
    ),
    "OpenPGP signature of octets": (
        letter(mixed("\nsee file\n", attachment("a.pdf.sig", b"\x88\x3f\x03\x05" + bytes(range(1, 125, 2))[:61]))),
        "see file",
    ),
    "word of base64 in a file that is packed three times": (
        letter(mixed("\nx\n", attachment("a.zip", zipped({"b.zip": zipped({"c.gz": _gzipped(b64("read me, all"))})})))),
        "read me, all",
    ),
    "plain ZIP": (letter(mixed(attachment("a.zip", zipped({"lue.txt": b"read me"})))), "read me"),
    "gzip": (letter(mixed(attachment("a.txt.gz", gzip.compress(b"read me"), "application/gzip"))), "read me"),
    "raw UTF-8 header": (letter("\nHei\n", head="Subject: Tilaus on jäänyt\nFrom: Äiti <a@b.example>\n"), "jäänyt"),
    "file name of raw octets": (
        letter(
            mixed(
                "Content-Type: image/png; name=kuva päivä (1).png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
            )
        ),
        "kuva päivä (1).png",
    ),
    "charset with a comment": (letter("Content-Type: text/plain; charset=us-ascii (Plain text)\n\nwords\n"), "words"),
    "no end of the multipart": (letter("Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\nwords\n"), "words"),
    "no space behind semicolons": (
        letter('Content-Type: text/plain;charset="utf-8";format=fixed;\n\nwords\n'),
        "words",
    ),
    "two equal Content-Type fields": (letter("Content-Type: text/plain\nContent-Type: text/plain\n\nwords\n"), "words"),
    "digest": (
        letter("Content-Type: multipart/digest; boundary=aa\n\n--aa\n\nSubject: one\n\nfirst words\n--aa--\n"),
        "first words",
    ),
    "forwarded chain": (
        letter("Content-Type: message/rfc822\n\n" * 8 + "Subject: inner\n\ninner words\n"),
        "inner words",
    ),
    "stray full stop behind base64": (letter(f"Content-Transfer-Encoding: base64\n\n{b64('words')}.\n"), "words"),
    "newsletter whose links are base64": (
        letter(
            "Content-Type: text/html\n\n"
            + "".join(
                f'<a href="https://x.example/c?p={b64(str({"user": number, "letter": "november"})).strip()}">Lue</a>\n'
                for number in range(150)
            )
        ),
        "Lue",
    ),
    "truncated multipart in a bounce": (
        letter(
            "Content-Type: multipart/report; boundary=aa\n\n--aa\n\nsorry\n--aa\nContent-Type: message/rfc822\n\n"
            "Subject: inner\nContent-Type: multipart/mixed; boundary=bb\n\nThis is a multi-part message\n--aa--\n"
        ),
        "inner",
    ),
    "links whose numbers look like codes of quoted-printable": (
        letter("\nYour list: https://shop.example/list?id=1753&page=20\nthe sum is a=12=34\nkind regards\n"),
        "kind regards",
    ),
    "settings that look like codes of quoted-printable": (
        letter(mixed("\nsee file\n", attachment("a.ini", b"port=1025\nlimit=0\nsize=20\nname=3D\n"))),
        "port=1025",
    ),
    "boundary called boundary": (
        letter('Content-Type: multipart/mixed; boundary="boundary=_1"\n\n--boundary=_1\n\nwords\n--boundary=_1--\n'),
        "words",
    ),
    "signature that quotes a boundary": (letter("\n-- \nMatti\n--\nPuh. 123\n----- Original -----\nwords\n"), "words"),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_mail_is_read_without_trouble(name: str) -> None:
    """What honest programs write is read in full and gives no ground to hold it."""
    raw, expected = ORDINARY[name]
    read = read_letter(raw)
    assert read.troubles == ()
    assert expected in all_text(read)


@pytest.mark.parametrize("word", ["BMW", "OTTO", "ID3", "MSCF", "MZ", "BZh", "GIF8", "OggS", "MThd", "RIFF    WAVE"])
@pytest.mark.parametrize("as_file", [False, True])
def test_text_may_begin_like_a_file(word: str, as_file: bool) -> None:
    """A letter about a BMW is no picture, and one about ID3 tags no sound recording: files have other octets too."""
    text = f"{word} is the first word of this letter.\n"
    read = read_letter(letter(mixed("\nsee file\n", attachment("a.txt", text.encode())) if as_file else f"\n{text}"))
    assert (read.troubles, read.unread) == ((), ())
    assert text in all_text(read)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8;", "utf-8"),
        ("UTF-8//IGNORE", "utf-8"),
        ("en_US.UTF-8", "utf-8"),
        ("windows1252", "cp1252"),
        ("x-windows-1250", "cp1250"),
        ("x-iso-8859-2", "iso8859-2"),
        ("iso-8859-15 (Latin)", "iso8859-15"),
        ("ibm-852", "cp852"),
    ],
)
def test_misspelt_names_of_character_sets(label: str, codec: str) -> None:
    """Names that sloppy programs write are understood, and the letter is read as it was meant."""
    text = "Köln, Mönch und Müll\n"
    read = read_letter(letter(f'Content-Type: text/plain; charset="{label}"\n\n'.encode() + text.encode(codec)))
    assert read.troubles == ()
    assert text_of(read, "body.1") == text


def test_parts_have_stable_names() -> None:
    """A multipart's texts, tables and files are found under the documented paths."""
    read = read_letter(
        letter(
            mixed(
                'Content-Type: multipart/alternative; boundary="in"\n\n--in\n\nHei\n--in\nContent-Type: text/html\n\n'
                "<p>Hei</p><table><tr><td>PIN</td><td>4826</td></tr></table>\n--in--\n",
                attachment("lista.csv", b"nimi,PIN\nMatti,4826\n", "text/csv"),
                attachment("lasku.pdf", PDF, "application/pdf"),
                "Content-Type: message/rfc822\n\nSubject: toinen\n\nsisus\n",
            )
        )
    )
    assert [part.path for part in read.parts] == [
        "header.from",
        "header.to",
        "subject",
        "body.1.1",
        "body.1.2.html",
        "body.1.2.html#table",
        "header.2.filename",
        "attachment.2",
        "attachment.2#table",
        "header.3.filename",
        "body.4.headers",
        "body.4",
    ]
    assert [(unread.part, unread.kind) for unread in read.unread] == [("attachment.3", "pdf")]
    assert read.message_id == "<1@operator.example>"
    assert text_of(read, "body.4.headers") == "subject: toinen"


def test_header_fields_are_decoded_in_order() -> None:
    """Fields keep their names and order; encoded words of several charsets become text."""
    read = read_letter(
        letter(
            "Subject: =?iso-8859-1?Q?=C4iti?= =?utf-8?B?IGphIGlzw6Q=?=\n"
            "X-Customer-Id: 1001\nx-customer-id: 1002\n\nHei\n",
            head="",
        )
    )
    assert read.subject == "Äiti ja isä"
    assert read.header("subject") == "Äiti ja isä"
    assert read.header_all("X-Customer-ID") == ("1001", "1002")
    assert [name for name, _ in read.headers] == ["Subject", "X-Customer-Id", "x-customer-id"]
