"""Whom a letter goes to: everybody who may read it, and everybody who may not."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.namesake.generated.row import Row, same_home

_TYPOS = {
    "gmail.com": ("gmial.com", "gmail.con", "gmal.com", "gmail.co"),
    "hotmail.com": ("hotmial.com", "hotmail.con"),
    "outlook.com": ("outlok.com",),
    "icloud.com": ("iclod.com",),
    "wp.pl": ("wp.p",),
    "gmx.de": ("gmx.d",),
    "web.de": ("wbe.de",),
    "telia.com": ("tella.com",),
    "ziggo.nl": ("zigo.nl",),
    "elisanet.fi": ("elisanet.f",),
}
_GMAIL = ("gmail.com", "googlemail.com")


class Crowd:
    """The customers of a register, by name and by home."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._by_name: dict[str, list[Row]] = defaultdict(list)
        self._by_last: dict[str, list[Row]] = defaultdict(list)
        self._by_home: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            self._by_name[f"{row['first_name']} {row['last_name']}".lower()].append(row)
            self._by_last[row["last_name"].lower()].append(row)
            self._by_home[row["street"], row["postcode"]].append(row)

    def household(self, row: Row) -> Iterator[Row]:
        """The others of the same dwelling who bear the same name: a family."""
        for other in self._by_home[row["street"], row["postcode"]]:
            if other is not row and other["last_name"] == row["last_name"] and other["first_name"] != row["first_name"]:
                yield other

    def namesakes(self, row: Row) -> list[Row]:
        """Customers of exactly this name elsewhere."""
        same = self._by_name[f"{row['first_name']} {row['last_name']}".lower()]
        return [other for other in same if other is not row and not same_home(other, row)]

    def near_namesakes(self, row: Row) -> list[Row]:
        """Customers elsewhere with this last name, and a first name that begins alike and differs."""
        return [
            other
            for other in self._by_last[row["last_name"].lower()][:400]
            if other["first_name"][:3] == row["first_name"][:3]
            and other["first_name"] != row["first_name"]
            and not same_home(other, row)
        ]


def right_recipients(row: Row, crowd: Crowd, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Kind and address: on record in every spelling, and the household's."""
    for address in row["emails"].split(";"):
        yield "on record", address
        local, _, domain = address.partition("@")
        yield "other spelling", f"{local.upper()}+{chance.choice(('bills', 'a1'))}@{domain}"
        if domain in _GMAIL and len(local) > 4:
            place = chance.randrange(1, len(local) - 1)
            dotted = f"{local[:place]}.{local[place:]}".replace("..", ".")
            yield "other spelling", f"{dotted}@{chance.choice(_GMAIL)}"
    for other in crowd.household(row):
        if not set(other["emails"].split(";")) & set(row["emails"].split(";")):
            yield "household", other["emails"].split(";")[0]


def wrong_recipients(row: Row, crowd: Crowd, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Kind of mistake and address, as far as this customer gives occasion; never an address that may read it."""
    mine = set(row["emails"].split(";"))
    mine.update(address for other in crowd.household(row) for address in other["emails"].split(";"))
    for kind, address in _mistakes(row, crowd, chance):
        if address not in mine and _dotless(address) not in {_dotless(one) for one in mine}:
            yield kind, address


def _mistakes(row: Row, crowd: Crowd, chance: random.Random) -> Iterator[tuple[str, str]]:
    local, _, domain = row["emails"].split(";")[0].partition("@")
    if exact := crowd.namesakes(row):
        yield "namesake", chance.choice(exact)["emails"].split(";")[0]
    if near := crowd.near_namesakes(row):
        yield "near namesake", chance.choice(near)["emails"].split(";")[0]
    other = chance.choice(crowd.rows)
    if not same_home(other, row):
        yield "other customer", other["emails"].split(";")[0]
    if domain in _TYPOS:
        yield "typo domain", f"{local}@{chance.choice(_TYPOS[domain])}"
    place = chance.randrange(1, len(local))
    yield "look-alike", f"{local[:place]}{chance.choice('abcdeiklmnoprstu')}{local[place:]}@{domain}"
    yield "stranger", f"{chance.choice(('sunny', 'tahti', 'rower'))}{chance.randint(1000, 9999)}@elsewhere.example"


def _dotless(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local.replace('.', '')}@gmail.com" if domain in _GMAIL else address
