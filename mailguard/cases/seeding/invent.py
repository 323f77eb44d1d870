"""Make a customer and a letter up: nothing in them is anybody's, only the shapes are those of the house."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mailguard.core.customer import Customer
from mailguard.customers.keys import fold

_FILE = Path(__file__).parent / "letters.yaml"
_LETTERS, _DIGITS = "BCDFGHJKMNPRSTVWX", "0123456789"
_DATES = {"en": "%d/%m/%Y", "nl": "%d-%m-%Y", "sv": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class House:
    """What made-up mail takes over from the real: shapes, and nobody's data."""

    numbers: tuple[str, ...] = ("100000",)
    """Customer numbers, of which only the pattern of digits and letters is used."""
    domains: tuple[str, ...] = ("mail.example",)
    """Where customers have their mailboxes. Nothing is ever sent there."""
    sender_domain: str = "operator.example"


@dataclass(frozen=True, slots=True)
class Invention:
    """One made-up letter, the customer whom it is about, and the namesake who would get it."""

    customer: Customer
    namesake: Customer
    sender: str
    recipient: str
    raw: bytes


def invent(chance: random.Random, language: str, house: House, at: datetime) -> Invention:
    """A letter to the wrong one of two namesakes."""
    words = _words()[language]
    first, last = chance.choice(words["first"]), chance.choice(words["last"])
    towns = chance.sample(words["towns"], 2)
    both = [_customer(chance, first, last, town, words["streets"], house, at.date()) for town in towns]
    customer, namesake = both
    colleague = str(chance.choice(words["colleagues"]))
    template = chance.choice(words["letters"])
    born = customer.birth_date or at.date()
    text = template["text"].format(
        first=first,
        last=last,
        town=customer.city,
        street=customer.street,
        postcode=customer.postcode,
        birth=born.strftime(_DATES.get(language, "%d.%m.%Y")),
        number=customer.customer_id,
        username=customer.username,
        password=_password(chance),
        pin=f"{chance.randrange(1000, 10000)}",
        colleague=colleague,
    )
    sender = f"{_local(colleague)}@{house.sender_domain}"
    recipient = namesake.emails[0]
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{colleague} <{sender}>"
    message["To"] = f"{first} {last} <{recipient}>"
    message["Subject"] = template["subject"]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=house.sender_domain)
    message.set_content(text)
    return Invention(customer, namesake, sender, recipient, message.as_bytes())


def _customer(
    chance: random.Random, first: str, last: str, town: str, streets: Sequence[str], house: House, today: date
) -> Customer:
    born = today - timedelta(days=chance.randrange(21 * 365, 75 * 365))
    local = chance.choice([f"{_local(f'{first} {last}')}", f"{fold(first)[:1]}{fold(last)}", f"{fold(last)}{born:%y}"])
    return Customer(
        customer_id=_like(chance, chance.choice(house.numbers)),
        first_name=first,
        last_name=last,
        emails=(f"{local}{chance.randrange(10, 100)}@{chance.choice(house.domains)}",),
        birth_date=born,
        street=f"{chance.choice(list(streets))} {chance.randrange(1, 90)}",
        postcode=f"{chance.randrange(10000, 99999)}",
        city=town,
        username=f"{fold(first)[:1]}{fold(last)}{chance.randrange(10, 100)}",
        email_confirmed=True,
    )


def _like(chance: random.Random, number: str) -> str:
    """Another number of the same pattern: a first zero stays, every other digit and letter is drawn anew."""
    drawn = []
    for place, ch in enumerate(number):
        if ch.isdigit():
            drawn.append(ch if place == 0 and ch == "0" else chance.choice(_DIGITS[1:] if place == 0 else _DIGITS))
        elif ch.isalpha() and len(re.sub("[^A-Za-z]", "", number)) > 4:
            drawn.append(chance.choice(_LETTERS))
        else:
            drawn.append(ch)  # a few letters are a prefix of the house
    return "".join(drawn)


def _password(chance: random.Random) -> str:
    return "".join(chance.choice(_LETTERS.lower()) for _ in range(6)).capitalize() + f"-{chance.randrange(1000, 10000)}"


def _local(name: str) -> str:
    return ".".join(fold(word) for word in name.split())


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words
