"""The letters of the story, in several languages. All of it is made up."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from mailguard.app.demo.sample_customers import MATTI, OTHER_MATTI
from mailguard.core.clock import utc_now

SELLER = "sanna.seller@operator.example"
RIGHT_ADDRESS = MATTI["emails"]
NAMESAKE_ADDRESS = OTHER_MATTI["emails"]
PASSWORD = "Marjapuuro83"  # noqa: S105 - of the made-up letter


@dataclass(frozen=True, slots=True)
class Scene:
    """One letter that somebody sends."""

    title: str
    to: str
    subject: str
    text: str
    attachment: tuple[str, str] | None = None

    def write(self) -> bytes:
        """The letter as bytes."""
        message = EmailMessage(policy=SMTP)
        message["From"] = f"Sanna Seller <{SELLER}>"
        message["To"] = self.to
        message["Subject"] = self.subject
        message["Date"] = format_datetime(utc_now())
        message["Message-ID"] = make_msgid(domain="operator.example")
        message.set_content(self.text)
        if self.attachment:
            name, content = self.attachment
            message.add_attachment(content.encode(), maintype="text", subtype="csv", filename=name)
        return message.as_bytes()


_PAPERS = """Hei Matti Virtanen,

kiitos tilauksestasi! Tässä tilausvahvistus.

Asiakasnumero: 1001
Osoite: Koivukuja 3 A 4, 02100 Espoo
Tuote: Kotinetti Plus, toimitus viikolla 47.

Ystävällisin terveisin
Sanna Seller, Operator Oy
"""

ORDINARY = Scene("order papers to the customer's own address", RIGHT_ADDRESS, "Tilausvahvistus", _PAPERS)
NAMESAKE = Scene(
    "the same papers to another Matti Virtanen: the namesake case", NAMESAKE_ADDRESS, "Tilausvahvistus", _PAPERS
)
CREDENTIALS = Scene(
    "user name, password and PIN in a letter",
    RIGHT_ADDRESS,
    "Käyttäjätunnuksesi",
    f"""Hei Matti,

Asiakasnumero: 1001
Käyttäjätunnus: mvirtanen74
Salasana: {PASSWORD}
PIN-koodi: 7391

Terveisin Operator Oy
""",
)
TYPO = Scene(
    "an address with a slip of the finger",
    "matti.virtanen@psot.example",
    "Tilaus 1001",
    _PAPERS,
)
BULK = Scene(
    "a list of customers to a partner",
    "calls@partner.example",
    "Lista",
    "Hei, ohessa viikon soittolista.\n",
    (
        "soittolista.csv",
        "nimi;syntymäaika;osoite\n"
        + "".join(
            f"{name};{born};Kivitie {number}, Oulu\n"
            for number, (name, born) in enumerate(
                [
                    ("Aino Aaltonen", "2.5.1961"),
                    ("Eero Salmi", "30.11.1958"),
                    ("Helmi Ojala", "15.7.1949"),
                    ("Lauri Rantala", "3.3.1980"),
                    ("Oona Mäkelä", "9.9.1991"),
                ],
                start=1,
            )
        ),
    ),
)
HARMLESS = (
    Scene(
        "a meeting", "partner@other.example", "Möte", "Hej!\n\nSka vi ses på torsdag klockan 14?\n\nHälsningar, Sanna\n"
    ),
    Scene(
        "an invoice",
        "buchhaltung@other.example",
        "Rechnung 2026-118",
        "Guten Tag,\n\nbitte überweisen Sie 249,00 EUR auf unser Konto DE89 3704 0044 0532 0130 00.\n",
    ),
    Scene(
        "a warning against phishing",
        "allen@other.example",
        "Wachtwoorden",
        "Beste collega's,\n\ngeef uw wachtwoord nooit door per e-mail. IT vraagt er nooit om.\n\nGroeten, Sanna\n",
    ),
)
