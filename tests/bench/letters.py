"""The letters of the benchmark: natural text with names, numbers and amounts, clean but for the one with a PIN.

They stand in files in the form that smtp-source wants (header and body, LF line ends). The text is put together from
sentences by a seeded generator, so every run sends the same octets.
"""

import base64
import random
from dataclasses import dataclass
from pathlib import Path

from tests.bench.customers import Known

_SENTENCES = (
    "Thank you for your order {number} of {day} {month}, which {person} in our warehouse packed this morning.",
    "The parcel weighs {small} kg and leaves {town} with the evening van, so it should be with you on {weekday}.",
    "You paid {amount} EUR for it, delivery included, and the receipt of {amount} EUR is in your account.",
    "If something is missing, please tell {person} within {small} days; we keep the packing list for that long.",
    "The new tariff begins on {weekday}, {day} {month}; your monthly price goes from {amount} EUR to {amount} EUR.",
    "{person} will visit the site in {town} next {weekday} between 9 and 11 and read meter {number}.",
    "Our shop at {street} {small} in {town} is open until {small} o'clock on the first {weekday} of each month.",
    "In {month} we answered {number} letters, and {small} of ten readers told {person} that they were content.",
    "The fault at the {town} exchange was mended on {day} {month} after {small} hours; we are sorry for the trouble.",
    "Invoice {number} over {amount} EUR falls due on {day} {month}, and {person} has noted your question about it.",
    "Viel Erfolg wünscht {person} aus {town}; die Rechnung {number} über {amount} EUR liegt bei.",
    "Terveisin {person}, {town}. Lasku {number} on {amount} euroa ja eräpäivä {day}. {month}.",
    "Med vänlig hälsning {person}, {town}; fakturan {number} på {amount} kronor förfaller om {small} dagar.",
    "A cable of {small} metres is enough for a flat, says {person}, who laid {number} of them around {town}.",
    "The meeting about the {town} network takes place at {street} {small}; {person} keeps the minutes.",
)
_FIRST = "Anna Bengt Carla Derk Elisa Fredrik Grażyna Heikki Ingeborg Joost Katarzyna Lauri Märta Nils Outi".split()
_LAST = "Ahonen Bergström de Vries Jansen Korhonen Krüger Lewandowska Müller Nowak Öberg Rautio Schäfer".split()
_TOWNS = "Espoo Borås Gdynia Utrecht Kiel Tampere Lund Kraków Zwolle Bremen".split()
_STREETS = "Kauppakatu Storgatan Dorpsstraat Ahornweg Rantatie".split()
_MONTHS = "January February March April May June July August September October November December".split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday".split()
SENDER = "service@operator.example"


@dataclass(frozen=True, slots=True)
class BenchLetter:
    """A letter in a file, and where it goes."""

    name: str
    file: Path
    recipient: str

    @property
    def octets(self) -> int:
        """Size of the file."""
        return self.file.stat().st_size

    @property
    def raw(self) -> bytes:
        """As it goes over the wire."""
        return self.file.read_bytes().replace(b"\n", b"\r\n")


def write_letters(folder: Path, known: Known) -> dict[str, BenchLetter]:
    """Write all letters; by name."""
    chance = random.Random(5)
    to_known = f"Dear {known.name},\n\nYour customer number is {known.customer_id}.\n\n"
    texts = {
        # A customer's own mail, found by number and greeting: the usual case of a smarthost for applications.
        "2 kB": (known.address, _plain(to_known + _prose(chance, 1650))),
        # Nobody's number in it: every name, date and street of the text has to be asked of the register.
        "43 kB": ("reader@partner.example", _newsletter(chance)),
        "1 MB": (known.address, _with_pdf(chance, to_known + _prose(chance, 1200))),
        "2 kB, unidentified": ("reader@partner.example", _plain("Hello,\n\n" + _prose(chance, 1700))),
        "43 kB, identified": (known.address, _newsletter(chance, to_known)),
        "held": (known.address, _plain(to_known + "Your PIN code is 4826. " + _prose(chance, 1620))),
        "held, 43 kB": (known.address, _newsletter(chance, to_known + "Your PIN code is 4826. ")),
    }
    letters = {}
    for name, (recipient, text) in texts.items():
        file = folder / f"{name.replace(' ', '-').replace(',', '')}.eml"
        file.write_bytes(_header(recipient) + text)
        letters[name] = BenchLetter(name, file, recipient)
    return letters


def _header(recipient: str) -> bytes:
    return (
        f"From: Customer service <{SENDER}>\nTo: <{recipient}>\nSubject: News about your order and your contract\n"
        "Date: Mon, 16 Nov 2026 09:00:00 +0200\nMessage-ID: <bench@operator.example>\nMIME-Version: 1.0\n"
    ).encode()


def _sentence(chance: random.Random) -> str:
    return chance.choice(_SENTENCES).format(
        person=f"{chance.choice(_FIRST)} {chance.choice(_LAST)}",
        town=chance.choice(_TOWNS),
        street=chance.choice(_STREETS),
        number=chance.randint(10_000, 999_999),
        amount=f"{chance.randint(1, 900)}.{chance.randint(0, 99):02}",
        small=chance.randint(2, 9),
        day=chance.randint(1, 28),
        month=chance.choice(_MONTHS),
        weekday=chance.choice(_WEEKDAYS),
    )


def _prose(chance: random.Random, octets: int) -> str:
    text = ""
    while len(text.encode()) < octets:
        text += "\n\n".join(" ".join(_sentence(chance) for _ in range(3)) for _ in range(1)) + "\n\n"
    return text.encode()[:octets].decode("utf-8", "ignore").rsplit(" ", 1)[0] + ".\n"


def _plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + _folded(text)


def _folded(text: str) -> bytes:
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if len(line) + len(word) > 76:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return "\n".join(lines).encode()


def _newsletter(chance: random.Random, opening: str = "") -> bytes:
    """43 kB of multipart/alternative: 12 kB of text, and the same and more as HTML with a layout table and styles."""
    prose = opening + _prose(chance, 13_300)
    blocks = "".join(
        f'<tr><td style="padding:0 24px 12px 24px;font-family:Arial,Helvetica,sans-serif;font-size:14px;color:#333">'
        f'<h2 style="margin:0">{_WEEKDAYS[i % 5]} in {_TOWNS[i % 10]}</h2><p>{paragraph}</p>'
        f'<a href="https://www.operator.example/news/{i}?from=letter" style="color:#06c">Read more</a></td></tr>\n'
        for i, paragraph in enumerate([p for p in prose.split("\n\n") if p.strip()])
    )
    rows = "".join(
        f"<tr><td>{chance.randint(1, 28)} {chance.choice(_MONTHS)}</td><td>{chance.choice(_TOWNS)}</td>"
        f"<td>{chance.randint(1, 59)} min</td><td>{chance.randint(1, 20)}.{chance.randint(0, 99):02} EUR</td></tr>\n"
        for _ in range(60)
    )
    html = (
        "<html><head><style>p { margin: 0 0 8px 0 } td { vertical-align: top }</style></head><body>"
        f'<table width="600" cellpadding="0" cellspacing="0">{blocks}</table>'
        f"<table><tr><th>Day</th><th>Town</th><th>Minutes</th><th>Price</th></tr>{rows}</table></body></html>\n"
    )
    return (
        b'Content-Type: multipart/alternative; boundary="=_bench"\n\n--=_bench\n'
        + _plain(prose)
        + b"\n--=_bench\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        + html.encode()
        + b"--=_bench--\n"
    )


def _with_pdf(chance: random.Random, text: str) -> bytes:
    """1 MB: a short text, and a PDF of one page with a few lines and a large picture, in base64."""
    return (
        b'Content-Type: multipart/mixed; boundary="=_bench"\n\n--=_bench\n'
        + _plain(text)
        + b'\n--=_bench\nContent-Type: application/pdf; name="terms.pdf"\n'
        b'Content-Disposition: attachment; filename="terms.pdf"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(_pdf(chance))
        + b"--=_bench--\n"
    )


def _pdf(chance: random.Random) -> bytes:
    """A whole PDF file (ISO 32000-1, section 7.5): header, objects, cross-reference table, trailer."""
    lines = " ".join(f"({_sentence(chance)[:70].encode('ascii', 'ignore').decode()}) Tj T*" for _ in range(20))
    words = f"q 400 0 0 400 90 90 cm /P Do Q BT /F 11 Tf 13 TL 60 780 Td {lines} ET".encode()
    picture = chance.randbytes(860 * 860)
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> /XObject << /P 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /XObject /Subtype /Image /Width 860 /Height 860 /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Length %d >>\nstream\n%s\nendstream" % (len(picture), picture),
    )
    file, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer
