"""Letters made from a register, right and wrong recipients alike: recall, false holds and cost of identify and relate.

    python -m tests.namesake.evaluating DATABASE_URL CUSTOMERS.csv [letters]

The register must have been imported before. Prints one line a kind of letter.
"""

import csv
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.relation import RelationKind
from mailguard.customers.keys import name_key
from mailguard.customers.register import Register
from mailguard.namesake.identify import identify
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.relate import relate
from mailguard.store.store import make_engine

RIGHT = {RelationKind.ON_RECORD, RelationKind.HOUSEHOLD, RelationKind.INTERNAL, RelationKind.NO_CUSTOMER}
LABELS = {
    "FI": ["Asiakasnumero: {}", "asiakasnumeronne on {}", "Asiakasnro {}"],
    "SE": ["Kundnummer: {}", "ditt kundnummer är {}", "Kundnr {}"],
    "PL": ["Numer klienta: {}", "nr klienta {}", "numer klienta to {}"],
    "NL": ["Klantnummer: {}", "uw klantnummer is {}", "klantnr. {}"],
    "DE": ["Kundennummer: {}", "Ihre Kundennummer lautet {}", "Kd.-Nr. {}"],
}
OPENERS = {"FI": "Hei", "SE": "Hej", "PL": "Dzień dobry", "NL": "Beste", "DE": "Guten Tag"}
TYPOS = {"gmail.com": "gmial.com", "hotmail.com": "hotmal.com", "wp.pl": "wp.p", "web.de": "wbe.de"}
Row = dict[str, str]


def letters_about(row: Row, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Kind of letter, and its text. Every letter has a date and a number that are not the customer's."""
    full, hello = f"{row['first_name']} {row['last_name']}", OPENERS[row["country"]]
    noise = f"\n{rng.randint(1, 28)}.{rng.randint(1, 12)}.2026\nRef. {rng.randint(1_000_000, 2_999_999)}\n"
    label = rng.choice(LABELS[row["country"]]).format(row["customer_id"])
    yield "labelled", f"{hello} {full},{noise}{label}\n"
    yield "labelled, no greeting", f"{hello},{noise}{label}\n"
    yield "user name", f"{hello},{noise}login: {row['username']}\n"
    yield "birth date", f"{full}{noise}{row['birth_date']}\n"
    yield "address", f"{full}\n{row['street']}\n{row['postcode']} {row['city']}\n{noise}"
    yield "bare number and name", f"{hello} {full},{noise}Nr. {row['customer_id']}: ok\n"
    yield (
        "unknown label",
        f"{hello} {row['first_name']},{noise}Zz-{row['customer_id'][:0]}tunniste {row['customer_id']}\n",
    )
    home = f"{row['street']}, {row['postcode']} {row['city']}"
    last = row["last_name"].split()[-1]
    yield "first name and address", f"{hello} {row['first_name']}!{noise}Modem: {home}\n"
    yield "last name and address", f"{last}, {home}{noise}"
    yield "first name and town", f"{hello} {row['first_name']}!{noise}Modem: {row['street']}, {row['city']}\n"
    yield "inflected and address", f"{row['first_name']}a {last[:-1]}en {home}{noise}"
    if row["phone"]:
        yield "phone and name", f"{hello} {row['first_name']}!{noise}Tel. {row['phone']}\n"
    yield "bare user name", f"{hello} {row['first_name']}!{noise}{row['username']}\n"
    yield "greeting only", f"{hello} {full},{noise}\n"


def letters_beside(row: Row, other: Row, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Letters to a customer that hold somebody else's address: a shop, a parents' house. Nobody is to be found."""
    full, hello = f"{row['first_name']} {row['last_name']}", OPENERS[row["country"]]
    home = f"{other['street']}, {other['postcode']} {other['city']}"
    yield "shop, full greeting", f"{hello} {full}!\n{home}\n"
    yield "shop, first name", f"{hello} {row['first_name']}!\n{home}\n"
    yield "own name, other street", f"{hello} {row['first_name']}!\n{full}\n{home}\n"
    yield "shop's phone", f"{hello} {row['first_name']}!\n{home}\nTel. {other['phone']}\n"


def wrong_recipients(row: Row, namesakes: list[Row], other: Row, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Kind of mistake, and the address. Empty where this customer gives no occasion for it."""
    address = row["emails"].split(";")[0]
    local, _, domain = address.partition("@")
    strangers = [n for n in namesakes if n["emails"] and not shares(n, row)]
    if strangers:
        yield "namesake", rng.choice(strangers)["emails"].split(";")[0]
    if other["emails"] and not shares(other, row):
        yield "other", other["emails"].split(";")[0]
    if domain in TYPOS:
        yield "typo domain", f"{local}@{TYPOS[domain]}"
    place = rng.randrange(len(local))
    yield "one letter", f"{local[:place]}{rng.choice('abcdefghijklmnoprstu')}{local[place:]}@{domain}"
    yield "stranger", f"{rng.choice(['sunny', 'tahti', 'blue'])}{rng.randint(1000, 9999)}@elsewhere.example"


def shares(one: Row, other: Row) -> bool:
    """Same dwelling, or a shared mailbox: not a stranger."""
    mailboxes = set(one["emails"].split(";")) & set(other["emails"].split(";"))
    return bool(mailboxes) or (one["street"], one["postcode"]) == (other["street"], other["postcode"])


def evaluate(register: Register, rows: list[Row], count: int) -> None:
    """Print recall, false holds, wrong identifications and cost."""
    rng = random.Random(7)
    patterns = IdentifierPatterns.load([Path(__file__).parents[2] / "rules"])
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_name[name_key(row["first_name"], row["last_name"])].append(row)
    counts: Counter[tuple[str, str]] = Counter()
    costs: dict[str, list[float]] = defaultdict(list)
    for row in rng.sample(rows, count):
        namesakes = [n for n in by_name[name_key(row["first_name"], row["last_name"])] if n is not row]
        wrong = list(wrong_recipients(row, namesakes, rng.choice(rows), rng))
        for kind, text in [*letters_about(row, rng), *letters_beside(row, rng.choice(rows), rng)]:
            parts = (Part("body.1", PartRole.BODY, text),)
            letter = Letter("", "", (), parts)
            recipients = row["emails"].split(";")
            began = time.process_time()
            found = identify(letter, register, patterns)
            relations = relate(recipients, found.customers, register, ["operator.example"])
            costs[kind].append((time.process_time() - began) / max(1, len(recipients)) * 1000)
            counts[kind, "letters"] += 1
            counts[kind, "right"] += len(recipients)
            counts[kind, "identified"] += [a.customer.customer_id for a in found.customers] == [row["customer_id"]]
            counts[kind, "somebody else"] += any(a.customer.customer_id != row["customer_id"] for a in found.customers)
            counts[kind, "conflict"] += found.conflict is not None
            counts[kind, "false hold"] += sum(relation.kind not in RIGHT for relation in relations)
            for mistake, address in wrong:
                if address in recipients:
                    continue
                kinds = {relation.kind for relation in relate([address], found.customers, register, [])}
                counts[kind, "wrong"] += 1
                counts[kind, "caught"] += not kinds <= RIGHT
                if found.customers and kinds <= RIGHT:
                    counts[kind, f"missed {mistake}"] += 1
    _print(counts, costs)


def _print(counts: Counter[tuple[str, str]], costs: dict[str, list[float]]) -> None:
    for kind, cost in costs.items():
        cost.sort()
        share = {
            "identified": counts[kind, "identified"] / counts[kind, "letters"],
            "recall": counts[kind, "caught"] / max(1, counts[kind, "wrong"]),
            "false holds": counts[kind, "false hold"] / counts[kind, "right"],
            "somebody else": counts[kind, "somebody else"] / counts[kind, "letters"],
            "conflict": counts[kind, "conflict"] / counts[kind, "letters"],
        }
        missed = {what: n for (of, what), n in counts.items() if of == kind and what.startswith("missed") and n}
        shown = "  ".join(f"{name} {value:8.3%}" for name, value in share.items())
        half, late = cost[len(cost) // 2], cost[int(len(cost) * 0.99)]
        print(f"{kind:24} {shown}  p50 {half:.3f} ms  p99 {late:.3f} ms  {missed or ''}")


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as source:
        everybody = list(csv.DictReader(source))
    evaluate(Register(make_engine(sys.argv[1])), everybody, int(sys.argv[3]) if len(sys.argv) > 3 else 1000)
