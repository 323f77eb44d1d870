"""Held letters with HTML, files and odd mailboxes."""

import io
import zipfile

from mailguard.core.finding import FindingKind
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import Reason, ReasonCode
from mailguard.store.store import Store
from tests.desk.held import ABOUT, COPY, NAMESAKE, PASSWORD, PIN, TAMPERE, find, hold_mail, write_mail

PAPERS = f"""<html><head><style>@import url(//evil.example/x.css);
body {{ background: url(//evil.example/b.png) }}</style>
<link rel="stylesheet" href="//evil.example/y.css"><base href="//evil.example/">
<meta http-equiv="refresh" content="0; url=//evil.example/"></head>
<body background="//evil.example/bg.png" onload="document.title='owned'">
<h1>Your order 7731</h1>
<p style="background:url(//evil.example/p.png)">Hello <b>Mikko</b>, here is what you need to log in.</p>
<table border="1"><tr><th>Customer number</th><td>1001</td></tr><tr><th>User name</th><td>mvirtanen61</td></tr>
<tr><th>Password</th><td>Kielo<i>tie</i>-<span>4711</span></td></tr><tr><th>PIN</th><td>{PIN}</td></tr></table>
<p>Change the password ({PASSWORD}) at
<a href="https://my.operator.example/login?p={PASSWORD}">your page</a> or at
<a href="javascript:document.title='owned'">this one</a>.</p>
<ul><li>Router</li><li>Cable, 3 m</li></ul>
<blockquote>What did you send me?</blockquote>
<img src="//evil.example/pixel.gif" alt="Operator"><img src="cid:logo"><svg onload="document.title='owned'"></svg>
<form action="//evil.example/"><input name="q" value="x"><button>Send</button></form>
<iframe src="//evil.example/"></iframe><object data="//evil.example/"></object><embed src="//evil.example/">
<video src="//evil.example/v" autoplay></video><script src="//evil.example/s.js"></script>
</body></html>"""
PLAIN = f"""Hello Mikko,

here is what you need to log in.

Customer number: 1001
User name: mvirtanen61
Password: {PASSWORD}
PIN: {PIN}
"""


def hold_papers(store: Store, *, to: str | None = None, html: str = PAPERS, files: bool = True) -> str:
    """The namesake's papers in HTML, with a table, a picture, an archive and something that nobody can read."""
    named = f"Mikko Virtanen <{NAMESAKE}>, Teppo Salo <teppo@mail.example>"
    message = write_mail(PLAIN, subject="Your order 7731 and login", to=to or named, html=html)
    message["Cc"] = f"{COPY}, Library <books@operator.example>"
    if files:
        rows = "".join(f"router {n},49.00\r\n" for n in range(400))
        table = f"item,price\r\n{rows}password,{PASSWORD}\r\n"
        message.add_attachment(table.encode(), maintype="text", subtype="csv", filename="order-7731.csv")
        picture = b"\x89PNG\r\n\x1a\n" + bytes(4_000)
        message.add_attachment(picture, maintype="image", subtype="png", filename="\u202egnp.router.png")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("terms.txt", "The terms of your contract.")
        message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="terms.zip")
        message.add_attachment(
            bytes(range(256)) * 40, maintype="application", subtype="octet-stream", filename="unknown.bin"
        )
        locked = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n"
        message.add_attachment(locked, maintype="application", subtype="pgp-encrypted", filename="contract.pgp")
    raw = message.as_bytes()
    relations = {
        NAMESAKE: Relation(NAMESAKE, RelationKind.NAMESAKE, ABOUT, TAMPERE, bearers=7),
        COPY: Relation(COPY, RelationKind.INTERNAL),
        "hidden@copy.example": Relation("hidden@copy.example", RelationKind.UNRELATED, ABOUT),
    }
    return hold_mail(
        store,
        raw,
        relations,
        Reason(ReasonCode.NAMESAKE, f"{NAMESAKE} belongs to customer 2044, of the same name (Tampere)."),
        Reason(ReasonCode.CREDENTIAL, "The letter contains a password and a PIN (in the body)."),
        findings=find(raw, {PASSWORD: FindingKind.PASSWORD, PIN: FindingKind.PIN}),
        customers=(ABOUT,),
        passing=frozenset({COPY}),
    )


def hold_pretender(store: Store) -> str:
    """Names that show another address, and Cyrillic letters in a name and a domain."""
    address = "virtanen.mikko@p\u043est.example"
    message = write_mail("Customer 1001.", subject="Papers", to=f'"virtanen.mikko@post.example" <{NAMESAKE}>')
    raw = message.as_bytes().replace(b"Subject:", f"Cc: M\u0456kko Virt\u0430nen <{address}>\r\nSubject:".encode(), 1)
    relations = {
        NAMESAKE: Relation(NAMESAKE, RelationKind.NAMESAKE, ABOUT, TAMPERE, bearers=7),
        address: Relation(address, RelationKind.LOOKALIKE, ABOUT, resembles="virtanen.mikko@post.example"),
    }
    return hold_mail(store, raw, relations, Reason(ReasonCode.LOOKALIKE, "It only looks alike."), customers=(ABOUT,))


def hold_everywhere(store: Store, text: str) -> str:
    """A stranger's text in subject, names, bodies, HTML, attributes, names and contents of files, and header fields."""
    folded = " ".join(text.replace("\0", "").split())[:300] or "x"
    raw = f"""From: "{folded}" <anna.seller@operator.example>
To: {folded} <{NAMESAKE}>, "{folded}" <x@mail.example>
Cc: {folded}
Subject: {folded}
Message-ID: <{folded}>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=bound"

--=bound
Content-Type: text/html; charset=utf-8

<p title="{text}">{text}</p><a href="{text}">{text}</a><img alt="{text}">{text}
--=bound
Content-Type: text/plain; charset=utf-8

{text}
--=bound
Content-Type: text/plain; charset=utf-8; name="{folded}"
Content-Disposition: attachment; filename="{folded}"

{text}
--=bound
Content-Type: image/png; name="{folded}"
Content-Disposition: attachment; filename="{folded}.png"
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAAA
--=bound--
""".replace("\n", "\r\n").encode("utf-8", "replace")
    relations = {NAMESAKE: Relation(NAMESAKE, RelationKind.NAMESAKE, ABOUT, TAMPERE, resembles=folded)}
    return hold_mail(store, raw, relations, Reason(ReasonCode.NAMESAKE, folded), customers=(ABOUT,))
