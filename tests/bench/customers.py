"""A register of any size for the benchmark: made-up customers, with addresses under reserved domains (RFC 2606)."""

import csv
from dataclasses import dataclass
from pathlib import Path

from mailguard.app.demo.sample_customers import MATTI, write_customers


@dataclass(frozen=True, slots=True)
class Known:
    """The customer whom the letters are about."""

    customer_id: str
    name: str
    address: str


KNOWN = Known(MATTI["customer_id"], f"{MATTI['first_name']} {MATTI['last_name']}", MATTI["emails"])


def write_register(file: Path, count: int) -> None:
    """Write the customer file."""
    write_customers(file, count)


def count_rows(file: Path) -> int:
    """Customers in the file."""
    with file.open(encoding="utf-8", newline="") as opened:
        return sum(1 for _ in csv.DictReader(opened))
