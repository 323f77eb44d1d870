"""The customer file: what comes in, what is told by line, and what changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from mailguard.core.errors import InputError, RegisterError
from mailguard.customers.importing import import_customers
from mailguard.customers.keys import national_key
from mailguard.customers.register import Register
from mailguard.customers.wanted import Wanted
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import upgrade
from tests.customers.conftest import HEADER, Import

AINO = (
    "71,Aino,Kivelä,Mäki,aino@kivela.example;a.kivela@gmail.com,+358 40 1,"
    "1980-02-29,Kuja 1,00100,Helsinki,FI,aino,vip,yes"
)
EERO = "72,Eero,Salo,,eero.salo@gmail.com,,,,,,,,,"


def test_every_column_arrives(bring_in: Import, engine: Engine) -> None:
    """A row becomes a customer with all that the file says."""
    result = bring_in(AINO, EERO)
    assert (result.imported, result.updated, result.unchanged, result.bad_rows) == (2, 0, 0, [])
    aino = Register(engine).by_id("71")
    assert aino is not None
    assert aino.name == "Aino Kivelä"
    assert aino.former_names == ("Mäki",)
    assert aino.emails == ("aino@kivela.example", "a.kivela@gmail.com")
    assert aino.birth_date is not None
    assert aino.birth_date.isoformat() == "1980-02-29"
    assert (aino.street, aino.postcode, aino.city, aino.country) == ("Kuja 1", "00100", "Helsinki", "FI")
    assert (aino.username, aino.tags, aino.email_confirmed) == ("aino", ("vip",), True)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",Aino,Kivelä,,a@b.example,,,,,,,,,", "customer_id is missing"),
        ("73,,,,a@b.example,,,,,,,,,", "the name is missing"),
        ("73,Aino,,,a@b.example,,,,,,,,,", "last_name is missing"),
        ("73,Aino,Kivelä,,a@b.example,,1980-02-30,,,,,,,", "birth_date is no date such as 1988-03-12"),
        ("73,Aino,Kivelä,,a@b.example,,soon,,,,,,,", "birth_date is no date such as 1988-03-12"),
        ("73,Aino,Kivelä,,a@b.example,,2999-01-01,,,,,,,", "birth_date is not in a living person's time"),
        ("73,Aino,Kivelä,,aino,,,,,,,,,", "emails holds something that is no mail address"),
        ("73,Aino,Kivelä,,a@b.example;x y@z.example,,,,,,,,,", "emails holds something that is no mail address"),
        ("73,Aino,Kivelä,,a..b@c.example,,,,,,,,,", "emails holds something that is no mail address"),
        ("73,Aino,Kivelä,,a@b.example,,,,,,,,,maybe", "email_confirmed is neither yes nor no"),
        ("73,Ai\x07no,Kivelä,,a@b.example,,,,,,,,,", "first_name holds control characters"),
        (f"73,{'x' * 10_000},Kivelä,,a@b.example,,,,,,,,,", "first_name is longer than 200 characters"),
        ("71,Someone,Else,,s@e.example,,,,,,,,,", "customer_id stands on an earlier line already"),
    ],
)
def test_bad_row(row: str, problem: str, bring_in: Import, engine: Engine) -> None:
    """A bad row is told by its line number and problem; the others are imported."""
    result = bring_in(AINO, row, EERO)
    assert [(bad.line, bad.problem) for bad in result.bad_rows] == [(3, problem)]
    assert result.imported == 2
    assert Register(engine).by_id("72") is not None


def test_lines_count_as_an_editor_counts(bring_in: Import) -> None:
    """A quoted cell with a line break in it does not shift the numbers of later bad rows."""
    result = bring_in(AINO.replace("Kuja 1", '"Kuja 1\nB 2"'), EERO, "74,No,Mail,,nope,,,,,,,,,")
    assert [bad.line for bad in result.bad_rows] == [5]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"customer_id,first_name,last_name\n1,a,b\n",
        "\n".join([HEADER, AINO]).encode("utf-16"),
        HEADER.encode() + b"\n75,\xe4\xe4,\xff,,a@b.example,,,,,,,,,\n",
        ("\n".join([HEADER, EERO.replace("72", "75"), "y,,,,", "x,,,,"]) + "\n").encode(),
        (HEADER + '\n75,Aino,"Kivel' + "x" * (1 << 20) + "\n").encode(),
    ],
)
def test_a_broken_file_changes_nothing(raw: bytes, bring_in: Import, engine: Engine) -> None:
    """No header, no UTF-8, missing columns, more bad rows than good: InputError, and the register is as it was."""
    bring_in(AINO, EERO)
    with pytest.raises(InputError):
        bring_in(raw=raw)
    register = Register(engine)
    assert register.stats().customers == 2
    assert register.by_id("75") is None


def test_a_missing_file_is_told(engine: Engine, tmp_path: Path) -> None:
    """A file that is not there is the operator's mistake, in one line."""
    with pytest.raises(InputError, match="cannot be read"):
        import_customers(engine, tmp_path / "nowhere.csv", {}, lambda done, total: None)


def test_updates_keep_who_is_missing(bring_in: Import, engine: Engine) -> None:
    """A second file renews its customers and leaves the others; an address that is gone is a former one."""
    bring_in(AINO, EERO)
    result = bring_in(
        AINO.replace(";a.kivela@gmail.com", "").replace("Helsinki", "Espoo"),
        EERO,
        "76,Uusi,Asukas,,u@a.example,,,,,,,,,",
    )
    assert (result.imported, result.updated, result.unchanged) == (1, 1, 1)
    register = Register(engine)
    aino = register.by_id("71")
    assert aino is not None
    assert (aino.city, aino.emails) == ("Espoo", ("aino@kivela.example",))
    assert register.by_address("a.kivela@gmail.com") == ()
    assert register.former_holders("A.Kivela+x@googlemail.com") == {"71"}
    bring_in(AINO)
    assert register.former_holders("a.kivela@gmail.com") == frozenset()
    assert [c.customer_id for c in register.by_address("akivela@gmail.com")] == ["71"]


def test_a_reader_sees_the_old_register_until_the_commit(bring_in: Import, engine: Engine, tmp_path: Path) -> None:
    """While a file is read nothing of it can be seen, and other writers are not kept out."""
    bring_in(AINO)
    file = tmp_path / "more.csv"
    file.write_text("\n".join([HEADER, EERO, AINO.replace("Helsinki", "Oulu"), ""]), encoding="utf-8")
    seen: list[tuple[int, str]] = []

    def look(done: int, total: int) -> None:
        register = Register(engine)
        aino = register.by_id("71")
        assert aino is not None
        seen.append((register.stats().customers, aino.city))
        with engine.execution_options(mailguard_writes=True).begin() as connection:
            connection.execute(
                text("INSERT INTO customer_domains (domain, addresses) VALUES (:d, 1)"), {"d": str(len(seen))}
            )

    import_customers(engine, file, {}, look)
    assert set(seen) == {(1, "Helsinki")}
    assert Register(engine).stats().customers == 2


@pytest.mark.parametrize(("delimiter", "bom"), [(";", ""), ("\t", ""), (",", "﻿"), ("|", "﻿")])
def test_delimiters_and_bom(delimiter: str, bom: str, bring_in: Import, engine: Engine) -> None:
    """Spreadsheets write semicolons, tabs and byte order marks."""
    lines = ["customer_id,first_name,last_name,emails", "81,Åsa,Lind,asa@lind.example", ""]
    raw = bom + "\r\n".join(line.replace(",", delimiter) for line in lines)
    assert bring_in(raw=raw.encode()).imported == 1
    assert Register(engine).by_id("81") is not None


def test_other_headers_are_mapped(bring_in: Import, engine: Engine) -> None:
    """Headers of the source are named in the configuration; unknown columns do not matter."""
    result = bring_in(
        "5;x;Ann;Lee;ann@lee.example;010101-123N",
        header="Kundennr;Farbe;Vorname;Nachname;Mail;Ausweis",
        Kundennr="customer_id", vorname="first_name", Nachname="last_name", Mail="emails", Ausweis="national_id",
    )  # fmt: skip
    assert result.imported == 1
    assert [c.customer_id for c in Register(engine).seek(Wanted(national_ids=[national_key("010101-123n")]))] == ["5"]


def test_progress_is_in_octets(engine: Engine, tmp_path: Path) -> None:
    """Progress ends at the size of the file."""
    file = tmp_path / "c.csv"
    file.write_text("\n".join([HEADER, AINO, ""]), encoding="utf-8")
    told: list[tuple[int, int]] = []
    import_customers(engine, file, {}, lambda done, total: told.append((done, total)))
    assert told[-1] == (file.stat().st_size, file.stat().st_size)


def test_a_failing_database_is_a_register_error(engine: Engine, bring_in: Import) -> None:
    """Database trouble is RegisterError, whose text holds nothing of the customers."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE customer_other_names"))
    with pytest.raises(RegisterError) as caught:
        bring_in(AINO)
    assert "Aino" not in str(caught.value)


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """Today's tables on a real PostgreSQL."""
    made = make_engine(postgres_url)
    upgrade(made)
    yield made
    made.dispose()


def test_the_same_on_postgresql(postgres_engine: Engine, tmp_path: Path) -> None:
    """Import, update and look-ups give the same on PostgreSQL."""
    file = tmp_path / "customers.csv"
    file.write_text("\n".join([HEADER, AINO, "x,,,,", EERO, AINO, ""]), encoding="utf-8")
    result = import_customers(postgres_engine, file, {}, lambda done, total: None)
    assert (result.imported, [bad.line for bad in result.bad_rows]) == (2, [3, 5])
    file.write_text("\n".join([HEADER, AINO.replace("a.kivela@", "aino.k@"), EERO, ""]), encoding="utf-8")
    again = import_customers(postgres_engine, file, {}, lambda done, total: None)
    assert (again.imported, again.updated, again.unchanged) == (0, 1, 1)
    register = Register(postgres_engine)
    assert [c.customer_id for c in register.by_address("Aino.K@gmail.com")] == ["71"]
    assert register.former_holders("a.kivela@gmail.com") == {"71"}
    assert register.count_domain("gmail.com") == 2
    assert register.stats().customers == 2
