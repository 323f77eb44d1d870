"""A register of millions of made-up customers: a file of the contract's columns, under reserved domains (RFC 2606)."""

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from mailguard.app.demo.sample_customers import COLUMNS

_STARTS = "Ka Ma Le Vi Sa Jo Hel An Ber Do El Fri Gu Ha In Kris Lud Mar Nor Os Pe Ri Sten Tor Ul Val Wil".split()
_MIDDLES = "a e i o u ri le no va ti la ne so mi ra be ko de li ja".split()
_FIRST_ENDS = "a na ta ja ko ri us as o en in el na lla".split()
_LAST_ENDS = "nen la sson berg ski ström mann stra inen qvist lund dahl feldt wska sen ka".split()
_STREET_ENDS = "katu gatan straat weg tie kuja vägen laan polku allee".split()
_COUNTRIES = ("FI", "358"), ("SE", "46"), ("PL", "48"), ("NL", "31"), ("DE", "49")
_PROVIDERS = "post.example mail.example letters.example inbox.example webmail.example".split()
_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class Somebody:
    """A customer of the crowd, of whom a letter may be written."""

    customer_id: str
    first_name: str
    last_name: str
    address: str
    street: str
    postcode: str
    city: str


def write_crowd(file: Path, count: int) -> list[Somebody]:
    """Write the file, the same at every run, and give some hundred of its customers, spread over all of it."""
    chosen: list[Somebody] = []
    step = max(1, count // _SAMPLE)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        for number, row in enumerate(_crowd(count)):
            writer.writerow(row)
            if number % step == 0:
                chosen.append(Somebody(row[0], row[1], row[2], row[4].partition(";")[0], row[7], row[8], row[9]))
    return chosen


def _crowd(count: int) -> Iterator[tuple[str, ...]]:
    chance = random.Random(5)
    uniform = chance.random
    first = _names(chance, _FIRST_ENDS, 16_000)
    last = _names(chance, _LAST_ENDS, 67_000)
    streets = _names(chance, _STREET_ENDS, 8_000)
    cities = _names(chance, ["ki", "stad", "borg", "wijk", "dorf", "salo"], 1_500)
    home = ("", "", "")
    for number in range(count):
        country, code = _COUNTRIES[int(uniform() ** 2 * 5)]
        given, family = first(), last()
        if uniform() > 0.18:
            home = (f"{streets()} {int(uniform() * 120) + 1}", f"{int(uniform() * 90_000) + 10_000}", cities())
        born = date(1935, 1, 1) + timedelta(days=int(uniform() * 26_000))
        address = f"{given}.{family}{number}@{_PROVIDERS[int(uniform() ** 2 * 5)]}".lower()
        yield (
            str(1_000_003 + number * 3),
            given,
            family,
            last() if uniform() < 0.15 else "",
            address if uniform() > 0.2 else f"{address};{family.lower()}{number}@{family.lower()}.example",
            f"+{code}{400_000_000 + int(uniform() * 99_999_999)}",
            born.isoformat(),
            *home,
            country,
            f"{given[:3]}{family[:4]}{number % 10_000}".lower(),
            "",
            "yes" if uniform() < 0.7 else "no",
        )


def _names(chance: random.Random, ends: list[str], most: int) -> Callable[[], str]:
    """Draws from so many names, some of them far more often than others, as in life."""
    made: dict[str, None] = {}
    while len(made) < most:
        middle = "".join(chance.choices(_MIDDLES, k=chance.randint(1, 3)))
        made[chance.choice(_STARTS) + middle + chance.choice(ends)] = None
    names, uniform = list(made), chance.random
    return lambda: names[int(uniform() ** 4 * most)]
