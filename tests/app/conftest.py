"""A configured guard with a few customers, for the command line's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.guard import GuardProcess, make_guard
from tests.support.postfix import Postfix, start_postfix

HEADER = (
    "customer_id,first_name,last_name,former_names,emails,phone,birth_date,street,postcode,city,country,username,tags,"
    "email_confirmed\n"
)
CUSTOMERS = (
    HEADER
    + """\
1001,Matti,Virtanen,,matti.virtanen@post.example,,1974-05-02,Koivukuja 3,02100,Espoo,FI,mvirtanen74,,yes
2044,Matti,Virtanen,,m.virtanen@mail.example,,1988-11-23,Satamakatu 12,33200,Tampere,FI,virtanenm,,yes
3001,Kaisa,Laaksonen,,kaisa@post.example,,1990-01-31,Kivitie 1,90100,Oulu,FI,klaakso,,no
"""
)


@pytest.fixture
def guard(tmp_path: Path) -> GuardProcess:
    """A configuration file and an imported register; the next hop is nobody."""
    return furnish(make_guard(tmp_path, 9))


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """A next hop that takes letters."""
    with start_postfix() as server:
        yield server


def furnish(guard: GuardProcess, customers: str = CUSTOMERS) -> GuardProcess:
    """The guard, with these customers on record."""
    file = guard.folder / "customers.csv"
    file.write_text(customers, encoding="utf-8")
    imported = guard.command("customers", "import", str(file))
    assert imported.returncode == 0, imported.stderr
    return guard
