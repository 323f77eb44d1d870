"""Import a register, judge made letters, and print the figures."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailguard.app.wiring import Guard, open_guard
from mailguard.core.settings import RegisterSettings, Settings, StoreSettings
from mailguard.customers.importing import import_customers
from tests.namesake.generated.measure import measure
from tests.namesake.generated.people import write_people
from tests.namesake.generated.printing import printed
from tests.namesake.generated.unconfirmed import follow


def run(
    customers: int, register: str | None, about: int, database: str | None = None, *, show_wrong: bool = False
) -> None:
    """Print the figures of letters about `about` customers of the file, or of a made-up register."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(register) if register else Path(folder) / "customers.csv"
        if register is None:
            write_people(file, customers)
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        with made_guard(Path(folder), file, database) as guard:
            outcome = measure(guard.judge, rows, about)
            print(f"\nLetters about {min(about, len(rows))} of {len(rows)} customers")
            print("\n".join(printed(outcome)))
            print(follow(guard, rows, min(about, 200)))
            if show_wrong:
                print("\n".join(outcome.wrongs))


@contextmanager
def made_guard(folder: Path, file: Path, database: str | None = None) -> Iterator[Guard]:
    """A guard on a SQLite store with that register; `database` is a file to keep, which is imported into once."""
    place = Path(database) if database else folder / "guard.db"
    known = place.exists()
    settings = Settings(
        store=StoreSettings(database_url=f"sqlite:///{place}", key_file=place.with_suffix(".key")),
        register=RegisterSettings(internal_domains=["operator.example"]),
    )
    with open_guard(settings, prove=False) as guard:
        if not known:
            import_customers(guard.store.engine, file, {}, lambda done, total: None)
        yield guard
