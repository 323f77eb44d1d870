"""Letters of many shapes about one customer, in six languages; the words are in `words/<language>.yaml`."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.namesake.generated.row import Row

LANGUAGES = ("fi", "sv", "pl", "nl", "de", "en")
_OWN = {"FI": "fi", "SE": "sv", "PL": "pl", "NL": "nl", "DE": "de", "GB": "en", "IE": "en"}
_FOREIGN = 0.2
"""Share of letters that are not in the language of the customer's country."""


class Known(StrEnum):
    """How well a letter says whom it is about."""

    IDENTIFIED = "identified"
    UNKNOWN_LABEL = "unknown label"
    BARE = "bare number"
    GREETING = "greeting only"
    CONFLICT = "number and greeting of two"
    NOBODY = "about nobody"


@dataclass(frozen=True, slots=True)
class Made:
    """One letter: its shape, and the fields that `tests.namesake.hard.case.write_message` takes."""

    shape: str
    known: Known
    language: str
    fields: dict[str, Any]
    greeted: Row | None = None
    """Another customer, whom the letter greets."""


def letters_about(row: Row, others: Sequence[Row], chance: random.Random) -> Iterator[Made]:
    """One letter of every shape; `others`: names in the newsletter, a shop's address, an agent's name, a stranger."""
    for shape in _SHAPES:
        writer = _Writer(row, others, chance)
        fields = shape(writer)
        if fields is not None:
            known, name = _SHAPES[shape]
            yield Made(name, known, writer.language, fields, writer.stranger if known is Known.CONFLICT else None)


def sensitive_letter(row: Row, others: Sequence[Row], chance: random.Random) -> Made:
    """A letter that nobody else may read: labelled number, birth date and account."""
    writer = _Writer(row, others, chance)
    text = writer.letter(writer.pick("full"), writer.pick("sentences"), writer.say(writer.words["account"]))
    return Made("sensitive", Known.IDENTIFIED, writer.language, {"subject": writer.pick("subjects"), "text": text})


@cache
def _words(language: str) -> dict[str, Any]:
    file = Path(__file__).parent / "words" / f"{language}.yaml"
    words: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return words


class _Writer:
    """Fills the words of one language with one customer's data and with chance numbers."""

    def __init__(self, row: Row, others: Sequence[Row], chance: random.Random) -> None:
        self.row, self.chance = row, chance
        own = _OWN.get(row["country"], "en")
        self.language = chance.choice(LANGUAGES) if chance.random() < _FOREIGN else own
        self.words = _words(self.language)
        *self.named, self.shop, self.agent, self.stranger = others

    def pick(self, key: str) -> str:
        """One of the wordings under a key, filled in."""
        return self.say(self.chance.choice(self.words[key]))

    def say(self, words: str) -> str:
        """A wording with its places filled."""
        row, chance = self.row, self.chance
        born = date.fromisoformat(row["birth_date"])
        birth = chance.choice(self.words["born"]).format(
            d=born.day, m=born.month, y=born.year, month=self.words["months"][born.month - 1]
        )
        return words.format(
            id=row["customer_id"],
            first=row["first_name"],
            full=f"{row['first_name']} {row['last_name']}",
            rev=f"{row['last_name']} {row['first_name']}",
            street=row["street"],
            postcode=row["postcode"],
            city=row["city"],
            user=row["username"],
            phone=_spaced(row["phone"], chance),
            birth=birth,
            label=chance.choice(self.words["labels"]),
            agent=f"{self.agent['first_name']} {self.agent['last_name']}",
            shop=f"{self.shop['street']}, {self.shop['postcode']} {self.shop['city']}",
            names=", ".join(f"{other['first_name']} {other['last_name']}" for other in self.named),
            n=chance.randint(1_000_000, 4_999_999),
            s=chance.randint(100, 999),
            t=chance.randint(1000, 9999),
            amount=f"{chance.randint(3, 900)},{chance.randint(0, 99):02}",
            day=f"{chance.randint(1, 28)}.{chance.randint(1, 12)}.{chance.choice((2026, 2027))}",
            iban=_iban(chance),
        )

    def letter(self, greeting: str, *lines: str, noise: int = 0) -> str:
        """Greeting, a paragraph, what matters in the middle of it, closing, and lines of other numbers."""
        noises = [self.pick("noise") for _ in range(noise)]
        paragraphs = [self.pick("bodies"), *lines]
        self.chance.shuffle(paragraphs)
        return "\n\n".join([greeting, *paragraphs, self.pick("closing"), *noises]) + "\n"

    def greeting(self) -> str:
        """To the customer by full name, by first name, or to nobody."""
        return self.pick(self.chance.choice(("full", "full", "first", "nobody")))

    def labelled(self) -> str:
        """A labelled number in a line."""
        label, joint = self.chance.choice(self.words["labels"]), self.chance.choice((": ", " ", ":  "))
        return f"{label}{joint}{self.row['customer_id']}"


def _plain(writer: _Writer, text: str) -> dict[str, Any]:
    return {"subject": writer.pick("subjects"), "text": text}


def _sentence(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.greeting(), writer.pick("sentences")))


def _block(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.greeting(), writer.labelled()))


def _footer(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.greeting(), writer.labelled(), noise=3))


def _header(writer: _Writer) -> dict[str, Any]:
    fields = _plain(writer, writer.letter(writer.greeting(), noise=1))
    return fields | {"headers": {"X-Customer-Id": writer.row["customer_id"]}}


def _table(writer: _Writer) -> dict[str, Any]:
    label, row = writer.chance.choice(writer.words["labels"]), writer.row
    cells = [(label, row["customer_id"]), (writer.words["name_row"], row["last_name"]), writer.words["status_row"]]
    if writer.chance.random() < 0.5:
        table = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in cells)
    else:
        heads = "".join(f"<th>{name}</th>" for name, _ in cells)
        table = f"<tr>{heads}</tr><tr>{''.join(f'<td>{value}</td>' for _, value in cells)}</tr>"
    html = (
        f"<p>{writer.greeting()}</p><p>{writer.pick('bodies')}</p><table>{table}</table><p>{writer.pick('noise')}</p>"
    )
    return {"subject": writer.pick("subjects"), "html": html}


def _subject(writer: _Writer) -> dict[str, Any]:
    return {"subject": f"{writer.pick('subjects')}, {writer.labelled()}", "text": writer.letter(writer.greeting())}


def _attachment(writer: _Writer) -> dict[str, Any]:
    label, name = writer.chance.choice(writer.words["labels"]), writer.words["name_row"]
    sheet = f"{label};{name}\n{writer.row['customer_id']};{writer.row['last_name']}\n"
    attached = {"name": "lista.csv", "text": sheet}
    return _plain(writer, writer.letter(writer.pick("nobody"))) | {"attach": [attached]}


def _thread(writer: _Writer) -> dict[str, Any]:
    quoted = "\n".join(
        [*(writer.say(line) for line in writer.words["thread"]), "> " + writer.say(writer.words["asks"])]
    )
    return _plain(writer, writer.letter(writer.pick("first")) + "\n" + quoted + "\n")


def _user(writer: _Writer) -> dict[str, Any] | None:
    return _plain(writer, writer.letter(writer.greeting(), writer.pick("user"))) if writer.row["username"] else None


def _address(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("nobody"), writer.pick("address"), noise=1))


def _visit(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("first"), writer.pick("visit")))


def _birth(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("nobody"), writer.pick("birth")))


def _called(writer: _Writer) -> dict[str, Any] | None:
    return _plain(writer, writer.letter(writer.pick("first"), writer.pick("called"))) if writer.row["phone"] else None


def _unknown(writer: _Writer, greeting: str) -> dict[str, Any]:
    label = writer.chance.choice(writer.words["unknown"])
    return _plain(writer, writer.letter(greeting, f"{label}: {writer.row['customer_id']}", noise=1))


def _unknown_full(writer: _Writer) -> dict[str, Any]:
    return _unknown(writer, writer.pick("full"))


def _unknown_first(writer: _Writer) -> dict[str, Any]:
    return _unknown(writer, writer.pick("first"))


def _bare(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("nobody"), writer.pick("bare"), noise=1))


def _greeted(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("full"), noise=1))


def _conflict(writer: _Writer) -> dict[str, Any] | None:
    row, stranger = writer.row, writer.stranger
    if _near(row["first_name"], stranger["first_name"]) or _near(row["last_name"], stranger["last_name"]):
        return None
    name = f"{stranger['first_name']} {stranger['last_name']}"
    return _plain(
        writer, writer.letter(writer.chance.choice(writer.words["full"]).format(full=name), writer.labelled())
    )


def _newsletter(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("nobody"), writer.say(writer.words["news"])))


def _collection(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.pick("first"), writer.say(writer.words["noise"][1]), noise=1))


def _numbers(writer: _Writer) -> dict[str, Any]:
    return _plain(writer, writer.letter(writer.greeting(), noise=4))


_SHAPES = {
    _sentence: (Known.IDENTIFIED, "labelled in a sentence"),
    _block: (Known.IDENTIFIED, "labelled in a line"),
    _footer: (Known.IDENTIFIED, "labelled, noisy footer"),
    _header: (Known.IDENTIFIED, "header only"),
    _table: (Known.IDENTIFIED, "HTML table"),
    _subject: (Known.IDENTIFIED, "subject only"),
    _attachment: (Known.IDENTIFIED, "attachment only"),
    _thread: (Known.IDENTIFIED, "quoted thread"),
    _user: (Known.IDENTIFIED, "user name"),
    _address: (Known.IDENTIFIED, "name and address"),
    _visit: (Known.IDENTIFIED, "first name and address"),
    _birth: (Known.IDENTIFIED, "name and birth date"),
    _called: (Known.IDENTIFIED, "first name and phone"),
    _unknown_full: (Known.UNKNOWN_LABEL, "unknown label, full name"),
    _unknown_first: (Known.UNKNOWN_LABEL, "unknown label, first name"),
    _bare: (Known.BARE, "bare number and name"),
    _greeted: (Known.GREETING, "greeting only"),
    _conflict: (Known.CONFLICT, "number and greeting of two"),
    _newsletter: (Known.NOBODY, "newsletter with names"),
    _collection: (Known.NOBODY, "shop's address, first name"),
    _numbers: (Known.NOBODY, "other numbers only"),
}


def _near(one: str, other: str) -> bool:
    return one[:2].lower() == other[:2].lower()


def _spaced(phone: str, chance: random.Random) -> str:
    """As on record, or as people write it at home."""
    digits = phone.replace(" ", "")
    if len(digits) < 9 or chance.random() < 0.4:
        return phone
    national = "0" + digits[3:]
    return f"{national[:3]} {national[3:6]} {national[6:]}" if chance.random() < 0.5 else national


def _iban(chance: random.Random) -> str:
    account = f"{chance.randrange(10**17, 10**18)}"
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"
