"""Letters made to show a password to the recipient and none to a scanner: each must be read or be trouble."""

import base64
import binascii
import codecs
import gzip
import io
import random
import zipfile

import pytest

from mailguard.message.read import read_letter
from tests.message.writing import HEAD, LINE, SECRET, all_text, attachment, b64, letter, mixed, zipped

CODED = b64(LINE)
QP = "".join(f"={octet:02X}" for octet in LINE.encode())
UU = "begin 644 a.txt\n" + binascii.b2a_uu(LINE.encode()).decode() + "`\nend\n"
B64_PART = f"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{CODED}"


def _utf7(text: str) -> bytes:
    return "".join(f"+{base64.b64encode(char.encode('utf-16-be')).decode().rstrip('=')}-" for char in text).encode()


def _commented(comment: str = "", member: str = "") -> bytes:
    """A ZIP archive of one member, with comments."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        inner = zipfile.ZipInfo("a.txt")
        inner.comment = member.encode()
        archive.writestr(inner, "Hei")
        archive.comment = comment.encode()
    return stream.getvalue()


def _document(parts: dict[str, str]) -> bytes:
    """A letter with a document that has these parts besides the usual ones."""
    usual = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}
    return letter(mixed(attachment("a.docx", zipped({name: text.encode() for name, text in (usual | parts).items()}))))


EVASIONS: dict[str, bytes] = {
    # transfer encodings
    "unknown transfer encoding": letter(f"Content-Transfer-Encoding: base-64\n\n{CODED}"),
    "transfer encoding with comment": letter(f"Content-Transfer-Encoding: base64 (x)\n\n{CODED}"),
    "transfer encoding quoted": letter(f'Content-Transfer-Encoding: "base64"\n\n{CODED}'),
    "transfer encoding as encoded word": letter(f"Content-Transfer-Encoding: =?utf-8?q?base64?=\n\n{CODED}"),
    "transfer encoding folded": letter(f"Content-Transfer-Encoding:\n base64\n\n{CODED}"),
    "transfer encoding cut by a fold": letter(f"Content-Transfer-Encoding: bas\n e64\n\n{CODED}"),
    "two transfer encodings, 7bit first": letter(
        f"Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n{CODED}"
    ),
    "two transfer encodings, base64 first": letter(
        f"Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\n{CODED}"
    ),
    "two transfer encodings in one field": letter(f"Content-Transfer-Encoding: base64, quoted-printable\n\n{CODED}"),
    "space before the colon": letter(f"Content-Transfer-Encoding : base64\n\n{CODED}"),
    "vertical tab before the encoding": letter(f"Content-Transfer-Encoding: \x0bbase64\n\n{CODED}"),
    "no transfer encoding named": letter(f"Content-Type: text/plain\n\n{CODED}"),
    "base64 called 8bit": letter(f"Content-Transfer-Encoding: 8bit\n\n{CODED}"),
    "base64 twice": letter(f"Content-Transfer-Encoding: base64\n\n{b64(CODED)}"),
    "base64 three times": letter(f"Content-Transfer-Encoding: base64\n\n{b64(b64(CODED))}"),
    "base64 six times": letter(f"Content-Transfer-Encoding: base64\n\n{b64(b64(b64(b64(b64(CODED)))))}"),
    "quoted-printable called 7bit": letter(f"Content-Transfer-Encoding: 7bit\n\n{QP}"),
    "quoted-printable between control characters": letter(f"\n{QP.replace('=', '=01=')}"),
    "quoted-printable twice": letter(f"Content-Transfer-Encoding: quoted-printable\n\n{QP.replace('=', '=3D')}"),
    "uuencode field": letter(f"Content-Transfer-Encoding: x-uuencode\n\n{UU}"),
    "uuencode in plain text": letter(f"\nKatso liite\n\n{UU}"),
    "uuencode after a decoy": letter(f"\nbegin 644 decoy\n\n{UU}"),
    "uuencode in base64 form": letter(f"\nbegin-base64 644 a.txt\n{CODED}====\n"),
    "yEnc in plain text": letter(
        b"\n=ybegin line=128 size=22 name=a.txt\n"
        + bytes((octet + 42) % 256 for octet in LINE.encode())
        + b"\n=yend size=22\n"
    ),
    "base64 twice, with the line ends of mail": letter(
        "Content-Transfer-Encoding: base64\n\n" + b64(b64("x" * 50 + LINE).replace("\n", "\r\n"))
    ),
    "base64 twice, with carriage returns": letter(
        "Content-Transfer-Encoding: base64\n\n" + b64(b64("x" * 50 + LINE).replace("\n", "\r"))
    ),
    "quoted-printable in base64": letter(
        "Content-Transfer-Encoding: base64\n\n" + b64("Salasana: Marja=\r\npuuro83\r\n")
    ),
    "uuencode in base64": letter("Content-Transfer-Encoding: base64\n\n" + b64(UU.replace("\n", "\r\n"))),
    "base64 behind a uuencoded file": letter(
        "\nbegin 644 a.bin\n" + binascii.b2a_uu(bytes(range(40))).decode() + f"`\nend\n\n{CODED}"
    ),
    # base64 itself
    "base64 with foreign characters": letter(f"Content-Transfer-Encoding: base64\n\n{'*'.join(CODED.strip())}\n"),
    "base64 with padding amid": letter(
        f"Content-Transfer-Encoding: base64\n\n{b64('Sala').strip()}{b64('sana: ' + SECRET).strip()}\n"
    ),
    "base64 with text behind its padding": letter(
        f"Content-Transfer-Encoding: base64\n\n{b64('Hei!').strip()}\n{LINE}\n"
    ),
    "base64 without padding": letter(f"Content-Transfer-Encoding: base64\n\n{CODED.strip().rstrip('=')}\n"),
    "base64 one character a line": letter("Content-Transfer-Encoding: base64\n\n" + "\n".join(CODED.strip()) + "\n"),
    "base64 in the URL alphabet": letter(
        "Content-Transfer-Encoding: base64\n\n" + base64.urlsafe_b64encode(f"~~~???>>>{LINE}".encode()).decode() + "\n"
    ),
    "base64 that is plain text": letter(f"Content-Transfer-Encoding: base64\n\n{LINE}\n"),
    "quoted-printable with blanks after soft breaks": letter(
        "Content-Transfer-Encoding: quoted-printable\n\nSalasana: Marja=  \npuuro83\n"
    ),
    "quoted-printable in lower case": letter(f"Content-Transfer-Encoding: quoted-printable\n\n{QP.lower()}\n"),
    "quoted-printable with a doubled sign": letter(
        "Content-Transfer-Encoding: quoted-printable\n\nSalasana:==20=4Darjapuuro83\n"
    ),
    # boundaries
    "two boundary parameters": letter(
        f"Content-Type: multipart/mixed; boundary=aa; boundary=bb\n\n--aa\n\nHei\n--aa--\n--bb\n{B64_PART}\n--bb--\n"
    ),
    "two Content-Type fields": letter(
        f"Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=aa\n\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "two Content-Type fields, multipart first": letter(
        f"Content-Type: multipart/mixed; boundary=aa\nContent-Type: text/plain\n\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "multipart without a boundary": letter(f"Content-Type: multipart/mixed\n\n--aa\n{B64_PART}\n--aa--\n"),
    "boundary that does not occur": letter(f"Content-Type: multipart/mixed; boundary=zz\n\n--aa\n{B64_PART}\n--aa--\n"),
    "empty boundary": letter(f'Content-Type: multipart/mixed; boundary=""\n\n--\n{B64_PART}\n----\n'),
    "boundary with a comment": letter(f"Content-Type: multipart/mixed; boundary=(x)aa\n\n--aa\n{B64_PART}\n--aa--\n"),
    "boundary with a backslash": letter(
        f'Content-Type: multipart/mixed; boundary="a\\a"\n\n--aa\n{B64_PART}\n--aa--\n'
    ),
    "boundary half quoted": letter(f'Content-Type: multipart/mixed; boundary="aa"bb\n\n--aabb\n{B64_PART}\n--aabb--\n'),
    "boundary with a trailing space": letter(
        f'Content-Type: multipart/mixed; boundary="aa "\n\n--aa\n{B64_PART}\n--aa--\n'
    ),
    "boundary continued": letter(
        f"Content-Type: multipart/mixed; boundary*0=a; boundary*1=a\n\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "boundary percent-encoded": letter(
        f"Content-Type: multipart/mixed; boundary*=us-ascii''%61%61\n\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "boundary continued and plain": letter(
        "Content-Type: multipart/mixed; boundary=zz; boundary*0=a; boundary*1=a\n\n"
        f"--zz\n\nHei\n--zz--\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "boundary as encoded word": letter(
        f"Content-Type: multipart/mixed; boundary==?utf-8?q?aa?=\n\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "boundary with a space inside": letter(
        f"Content-Type: multipart/mixed; boundary=aa bb\n\n--aa bb\n{B64_PART}\n--aa bb--\n"
    ),
    "boundary line with a tail": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\nHei\n--aaX\n{B64_PART}\n--aa--\n"
    ),
    "boundary line without hyphens": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\nHei\naa\n{B64_PART}\n--aa--\n"
    ),
    "no end of the last part": letter(f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n{B64_PART}"),
    "part behind the end": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\nHei\n--aa--\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "secret in the preamble": letter(f"Content-Type: multipart/mixed; boundary=aa\n\n{LINE}\n--aa\n\nHei\n--aa--\n"),
    "secret in the epilogue": letter(f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\nHei\n--aa--\n{LINE}\n"),
    "base64 part in the preamble": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--bb\n{B64_PART}\n--aa\n\nHei\n--aa--\n"
    ),
    "base64 part in the epilogue": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\nHei\n--aa--\n--bb\n{B64_PART}\n--bb--\n"
    ),
    "nested with the same boundary": letter(
        mixed(f"Content-Type: multipart/mixed; boundary=edge\n\n--edge\n{B64_PART}\n--edge--")
    ),
    "multipart in base64": letter(
        "Content-Type: multipart/mixed; boundary=aa\nContent-Transfer-Encoding: base64\n\n"
        + b64(f"--aa\n{B64_PART}\n--aa--\n")
    ),
    "multipart in quoted-printable": letter(
        "Content-Type: multipart/mixed; boundary=aa\nContent-Transfer-Encoding: quoted-printable\n\n"
        f"=2D-aa\n{B64_PART.replace('=', '=3D')}\n--aa--\n"
    ),
    # types
    "picture that is text": letter(mixed(attachment("a.png", LINE.encode(), "image/png"))),
    "PDF that is text": letter(mixed(attachment("a.pdf", LINE.encode(), "application/pdf"))),
    "type without a subtype": letter(f"Content-Type: text\nContent-Transfer-Encoding: base64\n\n{CODED}"),
    "type of two slashes": letter(f"Content-Type: text/plain/html\nContent-Transfer-Encoding: base64\n\n{CODED}"),
    "unknown type": letter(f"Content-Type: x-a/x-b\nContent-Transfer-Encoding: base64\n\n{CODED}"),
    "unknown multipart": letter(f"Content-Type: multipart/x-a; boundary=aa\n\n--aa\n{B64_PART}\n--aa--\n"),
    "multipart misspelt": letter(f"Content-Type: multipart / mixed; boundary=aa\n\n--aa\n{B64_PART}\n--aa--\n"),
    "multipart in a comment": letter(
        f"Content-Type: (text/plain) multipart/mixed; boundary=aa\n\n--aa\n{B64_PART}\n--aa--\n"
    ),
    "Content-Type in the body of a part": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\n{B64_PART}\n--aa--\n"
    ),
    "HTML called plain text": letter("Content-Type: text/plain\n\n<p>Salasana: Marja<b></b>puuro83</p>\n"),
    "a piece of a cut-up message": letter(f"Content-Type: message/partial; id=a; number=1; total=2\n\n{CODED[:10]}\n"),
    "content elsewhere": letter(
        "Content-Type: message/external-body; access-type=URL; URL=http://x.example/\n\nContent-Type: text/plain\n"
    ),
    "nested message in base64": letter(
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + b64(f"Subject: a\n\n{LINE}\n")
    ),
    "message as a file": letter(mixed(attachment("a.eml", f"Subject: a\n{B64_PART}".encode()))),
    "text in a ZIP in a ZIP": letter(mixed(attachment("a.zip", zipped({"b.zip": zipped({"c.txt": LINE.encode()})})))),
    "ZIP behind a picture": letter(mixed(attachment("a.gif", b"GIF89a" + zipped({"c.txt": LINE.encode()})))),
    "ZIP in base64 within the text": letter(f"\nHei\n{b64(zipped({'c.txt': LINE.encode()}))}\n"),
    "gzip of two members": letter(mixed(attachment("a.gz", gzip.compress(b"Hei\n") + gzip.compress(LINE.encode())))),
    "comment of a ZIP": letter(mixed(attachment("a.zip", _commented(comment=LINE)))),
    "comment of a member of a ZIP": letter(mixed(attachment("a.zip", _commented(member=LINE)))),
    # office documents
    "part of a document in another folder": _document({"other/main.xml": f"<a>{LINE}</a>"}),
    "part of a document called settings": _document({"word/mysettings2.xml": f"<a>{LINE}</a>"}),
    "text called a picture in a document": _document({"word/media/a.png": LINE}),
    "drawing in a document": _document({"word/media/a.svg": f"<svg><text>{LINE}</text></svg>"}),
    "link of a text document": letter(
        mixed(
            attachment(
                "a.odt", zipped({"mimetype": b"x", "content.xml": f"<a xmlns:x='x' x:href='a:{SECRET}'/>".encode()})
            )
        )
    ),
    "link of a document": _document(
        {"word/_rels/a.rels": f'<Relationships><Relationship TargetMode="External" Target="{SECRET}"/></Relationships>'}
    ),
    "text box of an old drawing": _document({"xl/drawings/a.vml": f"<xml><div>a<br>{LINE}</div></xml>"}),
    "bookmark within a word of rich text": letter(
        mixed(attachment("a.rtf", rb"{\rtf1 Salasana: Mar{\*\bkmkstart a}ja{\footnote Hei}puu{\b ro}83}"))
    ),
    "binary data in rich text": letter(mixed(attachment("a.rtf", rf"{{\rtf1 \bin24 {LINE} x}}".encode()))),
    # headers
    "the hundred and first field": letter("".join(f"X-A{n}: a\n" for n in range(120)) + f"X-B: {LINE}\n\nHei\n"),
    "end of a long field": letter("Comments: " + "sana sana sana\n " * 2000 + f"{LINE}\n\nHei\n"),
    "end of a long file name": letter(mixed(attachment("x" * 260 + LINE, b"\x89PNG\r\n\x1a\n"))),
    "file name out of its order": letter(
        mixed(
            'Content-Disposition: attachment; filename*2=83.png; filename*0="Salasana: Marja"; filename*1=puuro\n'
            "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
        )
    ),
    "fields after a line that is no field": letter(f"nonsense\nContent-Transfer-Encoding: base64\n\n{CODED}"),
    "fields after a blank fold": letter(f"X-A: b\n \nContent-Transfer-Encoding: base64\n\n{CODED}"),
    "header that begins with an empty line": b"\r\n" + letter(f"Content-Transfer-Encoding: base64\n\n{CODED}"),
    "header that begins with a fold": letter(f"\n{CODED}", head=" Content-Transfer-Encoding: base64\n" + HEAD),
    "NUL in a field name": letter(f"Content-Transfer\0-Encoding: base64\n\n{CODED}"),
    "no empty line after the header of a part": letter(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n{LINE}\n--aa--\n"
    ),
    "carriage returns for line ends": letter(f"Content-Transfer-Encoding: base64\n\n{CODED}").replace(b"\r\n", b"\r"),
    "secret in an odd field": letter(f"X-Remark: {LINE}\n\nHei\n"),
    "secret in a display name": letter(f'Cc: "{LINE}" <a@b.example>\n\nHei\n'),
    "secret in the file name": letter(mixed(attachment(f"{LINE}.png", b"\x89PNG\r\n\x1a\n"))),
    "secret in a continued file name": letter(
        mixed(
            "Content-Type: image/png\nContent-Disposition: attachment; filename*0*=utf-8''Salasana%3A%20Marja;\n"
            " filename*1=puuro83.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
        )
    ),
    "secret in a part's description": letter(mixed(f"Content-Type: text/plain\nContent-Description: {LINE}\n\nHei\n")),
    "encoded words that cut characters": letter(
        "Subject: =?utf-8?B?U2FsYXNhbmE6IE1hcmph?=\n =?utf-8?B?cHV1cm84Mw==?=\n\nHei\n", head=""
    ),
    "encoded word within a word": letter("Subject: Salasana: Mar=?utf-8?q?japu?=uro83\n\nHei\n", head=""),
    "encoded word in an unknown charset": letter("Subject: =?x-none?B?" + CODED.strip() + "?=\n\nHei\n", head=""),
    "encoded word that is broken": letter("Subject: =?utf-8?B?" + CODED.strip() + "\n\nHei\n", head=""),
    # charsets
    "UTF-7": letter(b"Content-Type: text/plain; charset=utf-7\n\n" + _utf7(LINE) + b"\n"),
    "UTF-7 under another name": letter(b"Content-Type: text/plain; charset=x-utf7-a\n\n" + _utf7(LINE) + b"\n"),
    "plain text called UTF-7": letter(f"Content-Type: text/plain; charset=utf-7\n\n{LINE}\n"),
    "UTF-16 in base64": letter(
        "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n" + b64(LINE.encode("utf-16"))
    ),
    "UTF-16 without a mark": letter(
        "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n"
        + b64(LINE.encode("utf-16-le"))
    ),
    "UTF-16 without a label": letter("Content-Transfer-Encoding: base64\n\n" + b64(LINE.encode("utf-16-le"))),
    "UTF-32": letter(
        "Content-Type: text/plain; charset=utf-32\nContent-Transfer-Encoding: base64\n\n"
        + b64(codecs.BOM_UTF32_LE + LINE.encode("utf-32-le"))
    ),
    "EBCDIC": letter(
        "Content-Type: text/plain; charset=ibm037\nContent-Transfer-Encoding: base64\n\n" + b64(LINE.encode("cp037"))
    ),
    "UTF-7 by the page itself": letter(
        b'Content-Type: text/html; charset=utf-8\n\n<meta charset="utf-7"><p>' + _utf7(LINE) + b"\n"
    ),
    "escapes of ISO 2022": letter("Content-Type: text/plain; charset=us-ascii\n\nSalasana: Marja\x1b(Bpuuro83\n"),
    "unknown charset": letter(f"Content-Type: text/plain; charset=x-\u00e4\n\n{LINE}\n"),
    "charset with a path": letter(f"Content-Type: text/plain; charset=../../a\n\n{LINE}\n"),
    "charset that is a compressor": letter(f"Content-Type: text/plain; charset=zlib_codec\n\n{LINE}\n"),
    # text
    "soft hyphens": letter("\nSalasana: Marja\u00adpuuro83\n"),
    "zero-width characters": letter("\nSalasana: Mar\u200bja\u200c\u200d\u2060puuro\ufeff83\n"),
    "full-width letters and digits": letter("\nＳａｌａｓａｎａ： Ｍａｒｊａｐｕｕｒｏ８３\n"),
    "tag characters": letter("\nHei" + "".join(chr(0xE0000 + ord(char)) for char in LINE) + "\n"),
    "right-to-left override": letter("\n\u202e" + LINE[::-1] + "\u202c\n"),
    "mathematical letters": letter("\nSalasana: \U0001d40c𝐚𝐫𝐣𝐚𝐩𝐮𝐮𝐫𝐨𝟖𝟑\n"),
    "entities": letter(
        "Content-Type: text/html\n\n<p>Salasana: " + "".join(f"&#{ord(char)};" for char in SECRET) + "</p>\n"
    ),
    "hidden letters within a word": letter(
        'Content-Type: text/html\n\n<p>Salasana: Marja<span style="display: none">xyz</span>puuro83</p>\n'
    ),
    "hidden element": letter(f'Content-Type: text/html\n\n<p>Hei</p><div style="display:none">{LINE}</div>\n'),
    "attribute": letter(f'Content-Type: text/html\n\n<p title="{LINE}">Hei</p>\n'),
    "image's alternative text": letter(f'Content-Type: text/html\n\n<img src="cid:a" alt="{LINE}">\n'),
    "comment": letter(f"Content-Type: text/html\n\n<p>Hei</p><!-- {LINE} -->\n"),
    "conditional comment": letter(
        "Content-Type: text/html\n\n<!--[if mso]><p>Salasana: Marja<b>puuro</b>83</p><![endif]-->\n"
    ),
    "link's target": letter(
        "Content-Type: text/html\n\n<a href='mailto:a@b.example?body=Salasana%3A%20Marja%70uuro83'>a</a>\n"
    ),
    "data address": letter(f'Content-Type: text/html\n\n<a href="data:text/html;base64,{CODED.strip()}">a</a>\n'),
    "data address without a type": letter(
        f"Content-Type: text/html\n\n<a href=' DATA:;base64,{CODED.strip()}'>a</a>\n"
    ),
    "drawing in a data address": letter(
        f"Content-Type: text/html\n\n<img src='data:image/svg+xml,<svg><g x=\"(1)\"/><text>{LINE}</text></svg>'>\n"
    ),
    "drawing in a style": letter(
        "Content-Type: text/html\n\n"
        f"<p style=\"background: url('data:image/svg+xml;utf8,<svg><text>{LINE}</text></svg>')\">Hei\n"
    ),
    "drawing in a style sheet": letter(
        "Content-Type: text/html\n\n<style>p{background:url(data:image/svg+xml;base64,"
        f"{base64.b64encode(f'<svg><text>{LINE}</text></svg>'.encode()).decode()})}}</style><p>Hei\n"
    ),
    "the twenty-first data address": letter(
        "Content-Type: text/html\n\n"
        + "".join(f'<a href="data:text/html,{number}"></a>' for number in range(20))
        + '<a href="data:text/html,Salasana%3A%20Marja%70uuro83"></a>\n'
    ),
    "the two thousand and first attribute": letter(
        "Content-Type: text/html\n\n" + "".join(f'<p title="{n}">' for n in range(2000)) + f'<p title="{LINE}">\n'
    ),
    "archive in a data address": letter(
        "Content-Type: text/html\n\n<a href='data:;base64,"
        f"{base64.b64encode(zipped({'a.txt': LINE.encode()})).decode()}'>a</a>\n"
    ),
    "frame in a frame": letter(
        "Content-Type: text/html\n\n<iframe srcdoc='<iframe srcdoc=\"Salasana: Marja&amp;lt;b>puuro&amp;lt;/b>83\">'>\n"
    ),
    "frame source": letter(
        'Content-Type: text/html\n\n<iframe srcdoc="&lt;p>Salasana: Marja&lt;b>puuro&lt;/b>83"></iframe>\n'
    ),
    "style's content": letter(f'Content-Type: text/html\n\n<style>p:after{{content:"{LINE}"}}</style><p>Hei\n'),
    "unclosed textarea": letter(f"Content-Type: text/html\n\n<textarea>{LINE}\n"),
    "unclosed title": letter(f"Content-Type: text/html\n\n<title>{LINE}\n"),
    "broken comment": letter(f"Content-Type: text/html\n\n<!--> <p>{LINE}</p>\n"),
    "template element": letter(f"Content-Type: text/html\n\n<template><p>{LINE}</p></template>\n"),
    "quoted angle brackets": letter(f'Content-Type: text/html\n\n<p title=">">{LINE}</p>\n'),
    "forged marks": letter("Content-Type: text/html\n\n<p>Salasana: Marja&#x1c;puu&#30;ro83</p>\n"),
}

HELD: dict[str, bytes] = {
    "BinHex": letter(
        "Content-Type: application/mac-binhex40\n\n(This file must be converted with BinHex 4.0)\n:$f*T:\n"
    ),
    "gzip cut off": letter(
        mixed(attachment("a.gz", gzip.compress(random.Random(1).randbytes(900) + LINE.encode())[:-40]))
    ),
    "ZIP before a ZIP": letter(
        mixed(attachment("a.zip", zipped({"b.txt": LINE.encode()}) + zipped({"a.txt": b"Hei"})))
    ),
    "text that begins like a bitmap": letter(mixed(attachment("a.bmp", b"BM\0\0\0\0" + LINE.encode()))),
    "text that begins like a drawing": letter(mixed(attachment("a.emf", b"\1\0\0\0" + LINE.encode()))),
    "end of a very long file name": letter(mixed(attachment("x" * 5000 + LINE, b"\x89PNG\r\n\x1a\n"))),
    "two charsets": letter(b"Content-Type: text/plain; charset=us-ascii; charset=utf-7\n\n" + _utf7(LINE) + b"\n"),
}
"""What no reader here reads, and some program shows."""


@pytest.mark.parametrize("name", HELD)
def test_what_cannot_be_read_is_held(name: str) -> None:
    """It does not pass as if it had been read."""
    assert read_letter(HELD[name]).troubles


@pytest.mark.parametrize("name", EVASIONS)
def test_what_is_hidden_is_read_or_is_trouble(name: str) -> None:
    """No trick carries the password past the reader: it stands in a part, or the message is trouble."""
    read = read_letter(EVASIONS[name])
    assert SECRET in all_text(read) or read.troubles, [part.text for part in read.parts]


def test_there_are_enough_evasions() -> None:
    """The gallery keeps at least sixty tricks, and most of them are read, not merely held."""
    letters = [read_letter(raw) for raw in EVASIONS.values()]
    assert len(letters) >= 60
    unread = [name for name, read in zip(EVASIONS, letters, strict=True) if SECRET not in all_text(read)]
    assert len(unread) <= 8, unread
