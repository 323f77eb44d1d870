"""Sources that name all their customers, and what repeated imports leave in the register."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, inspect, select, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from mailguard.core.errors import InputError, RegisterError, TooManyDropped
from mailguard.customers import parsing
from mailguard.customers.importing import ImportResult, import_rows
from mailguard.customers.register import Register
from mailguard.customers.tables.register import CUSTOMERS, DOMAINS, EMAILS, NAMES
from mailguard.store.store import Store

HEADER = ("customer_id", "first_name", "last_name", "former_names", "emails", "email_confirmed")
AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
Row = Sequence[str]


class Listed:
    """Rows out of a list."""

    name = "a list"

    def __init__(self, rows: Sequence[Row], header: Sequence[str] = HEADER) -> None:
        self._rows, self.header = rows, header
        self.size, self.position = len(rows), 0

    def rows(self) -> Iterator[tuple[int, Row]]:
        for number, row in enumerate(self._rows, 1):
            self.position = number
            yield number, row


def bring(engine: Engine, *rows: Row, source: str = "", whole: bool = False, most: float | None = None) -> ImportResult:
    """Import rows."""
    return import_rows(
        engine, Listed(rows), {}, lambda done, total: None, source=source, whole=whole, most_dropped=most, at=AT
    )


def person(number: int, emails: str = "", last: str = "Salo") -> Row:
    """A customer of that number."""
    return (str(number), "Eero", last, "", emails or f"n{number}@post.example", "yes")


def test_who_is_missing_from_a_whole_source_goes_off_record(any_store: Store) -> None:
    """With addresses, names and counts of domains; other sources' customers stay."""
    engine, register = any_store.engine, Register(any_store.engine)
    bring(engine, person(1), person(2, "two@sea.example", "Salo-Berg"), person(3), source="crm")
    bring(engine, person(9, "nine@sea.example"), source="web")
    result = bring(engine, person(1), person(3, "three@sea.example"), source="crm", whole=True)
    assert (result.imported, result.updated, result.unchanged, result.dropped) == (0, 1, 1, 1)
    assert register.by_id("2") is None
    assert register.by_address("two@sea.example") == ()
    assert register.by_id("9") is not None
    assert (register.count_domain("sea.example"), register.count_domain("post.example")) == (2, 1)
    with engine.connect() as connection:
        assert connection.execute(select(NAMES.c.customer_id)).all() == []
        assert set(connection.scalars(select(EMAILS.c.customer_id))) == {"1", "3", "9"}


def test_too_many_missing_change_nothing(any_store: Store) -> None:
    """The error says how many, of how many, and what may be done; exactly the limit is allowed."""
    engine = any_store.engine
    bring(engine, *(person(number) for number in range(1, 11)), source="crm")
    with pytest.raises(TooManyDropped, match=r"3 of 10 customers .* \(30.0 %, 20 % may be\).*most_dropped_percent"):
        bring(engine, *(person(number, last="New") for number in range(4, 11)), source="crm", whole=True, most=0.2)
    register = Register(engine)
    assert register.stats().customers == 10
    assert register.count_name("Eero", "New") == 0
    assert bring(engine, *(person(n) for n in range(3, 11)), source="crm", whole=True, most=0.2).dropped == 2


def test_a_bad_row_names_its_customer(any_store: Store) -> None:
    """Who stands in the source, if with a mistake, is not taken off record."""
    engine = any_store.engine
    bring(engine, *(person(number) for number in range(4)), whole=True)
    result = bring(engine, person(1), person(2), person(3, "no address"), whole=True)
    assert (result.unchanged, result.dropped, len(result.bad_rows)) == (2, 1, 1)
    assert Register(engine).by_id("3") is not None


def test_an_address_that_comes_later_has_its_moment(any_store: Store) -> None:
    """One that came with the customer has none, one that is spelt otherwise keeps it, one that comes back has a new."""
    engine = any_store.engine
    bring(engine, person(1, "one@post.example"))
    bring(engine, person(1, "One@post.example;two@post.example"), person(2))
    assert _added(engine) == {"one@post.example": False, "two@post.example": True, "n2@post.example": False}
    bring(engine, person(1, "two@post.example"))
    bring(engine, person(1, "one@post.example;two@post.example"))
    assert _added(engine) == {"one@post.example": True, "two@post.example": True, "n2@post.example": False}


def _added(engine: Engine) -> dict[str, bool]:
    with engine.connect() as connection:
        found = connection.execute(select(EMAILS.c.canonical, EMAILS.c.added_at)).all()
    assert {at.replace(tzinfo=UTC) for _, at in found if at is not None} <= {AT}
    return {address: at is not None for address, at in found}


def test_a_customer_goes_over_to_the_source_that_names_him_last(any_store: Store) -> None:
    """The same row from another source is another row."""
    engine = any_store.engine
    bring(engine, person(1), source="crm")
    assert bring(engine, person(1), source="web").updated == 1
    assert bring(engine, person(2), source="crm", whole=True).dropped == 0
    assert bring(engine, person(2), source="web", whole=True).dropped == 1


def test_the_first_good_line_of_a_customer_counts(any_store: Store) -> None:
    """Bad lines before it do not, and lines after it are told, also over thousands of rows and an unchanged one."""
    engine = any_store.engine
    bring(engine, person(1))
    crowd = [person(number) for number in range(10, 6010)]
    bad, other = person(1, "no address"), person(1, last="Other")
    result = bring(engine, bad, *crowd, person(1), *crowd[:3000], other)
    assert (result.imported, result.updated, result.unchanged) == (6000, 0, 1)
    problems = [problem.partition(" ")[0] for _, problem in result.bad_rows]
    assert problems == ["emails", *["customer_id"] * 3001]
    assert [bad.line for bad in result.bad_rows] == [1, *range(6003, 9004)]


def test_several_processes_parse_alike(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that other processes have parsed stand in the register as others do, bad ones and later ones are told."""
    monkeypatch.setattr(parsing, "_ROWS_ALONE", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda of: {0, 1})
    engine = any_store.engine
    crowd = [person(number, last="Salo-Lind") for number in range(9000)]
    result = bring(engine, person(7, "no address"), *crowd, person(8))
    assert (result.imported, [bad.line for bad in result.bad_rows]) == (9000, [1, 9002])
    register = Register(engine)
    assert [found.customer_id for found in register.by_address("N8999@post.example")] == ["8999"]
    assert (register.stats().customers, register.count_domain("post.example")) == (9000, 9000)
    result = bring(engine, *crowd[:10], *(person(number) for number in range(10, 9000)))
    assert (result.updated, result.unchanged) == (8990, 10)
    assert (register.count_name("Eero", "Salo"), register.count_name("Eero", "Salo-Lind")) == (8990, 10)


def test_tables_are_as_the_migrations_made_them(any_store: Store) -> None:
    """Columns, keys and indexes have their names and kinds after a first import, and after one of many changes."""
    engine = any_store.engine
    before = _shape(engine)
    bring(engine, *(person(number) for number in range(9)))
    assert _shape(engine) == before
    bring(engine, *(person(number, last="New") for number in range(9)))
    assert _shape(engine) == before


def _index(found: ReflectedIndex) -> tuple[str, ...]:
    where = [str(value) for kind, value in found.get("dialect_options", {}).items() if kind.endswith("_where")]
    return (str(found["name"]), *map(str, found["column_names"]), *where)


def _shape(engine: Engine) -> list[object]:
    found = inspect(engine)
    return [
        (
            sorted(
                f"{column['name']} {column['type']} {column['nullable']}" for column in found.get_columns(table.name)
            ),
            found.get_pk_constraint(table.name),
            found.get_foreign_keys(table.name),
            sorted(_index(one) for one in found.get_indexes(table.name)),
        )
        for table in (CUSTOMERS, EMAILS, NAMES)
    ]


def test_two_imports_at_once(any_store: Store) -> None:
    """The second is refused while the first reads, and comes in after it."""
    engine = any_store.engine
    refused: list[str] = []

    def meanwhile(done: int, total: int) -> None:
        with pytest.raises(RegisterError, match="another import is under way") as caught:
            bring(engine, person(2))
        refused.append(str(caught.value))

    import_rows(engine, Listed([person(1)]), {}, meanwhile)
    assert refused
    assert bring(engine, person(2)).imported == 1
    assert Register(engine).stats().customers == 2


def test_a_source_that_breaks_off_changes_nothing(any_store: Store, tmp_path: Path) -> None:
    """What it raises comes out as it is, and nothing is left behind."""
    engine = any_store.engine
    bring(engine, person(1))

    class Broken(Listed):
        def rows(self) -> Iterator[tuple[int, Row]]:
            yield from super().rows()
            raise InputError("the line went dead")

    with pytest.raises(InputError, match="went dead"):
        import_rows(engine, Broken([person(1, last="New"), person(2)]), {}, lambda done, total: None)
    assert Register(engine).stats().customers == 1
    assert list(tmp_path.rglob("part-*")) == []
    with engine.connect() as connection:
        wanted = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        assert engine.dialect.name == "sqlite" or connection.scalar(text(wanted)) == 0


@pytest.mark.parametrize("cell", ["a|b", "back\\slash", "\\N", 'quo"te', "semi;colon", "Łódź", "a\tb", "line\nbreak"])
def test_odd_cells_arrive(cell: str, any_store: Store) -> None:
    """Whatever a cell holds stands in the register as it was, but for line breaks and tabs; twice is unchanged."""
    engine = any_store.engine
    wanted = cell.replace("\t", " ").replace("\n", " ")
    for row, outcome in (
        (("1", cell, "Salo"), (1, 0, 0)),
        (("1", cell, "Berg"), (0, 1, 0)),
        (("1", cell, "Berg"), (0, 0, 1)),
    ):
        result = import_rows(engine, Listed([(*row, "", "a@b.example")]), {}, lambda done, total: None)
        assert (result.imported, result.updated, result.unchanged) == outcome
        found = Register(engine).by_id("1")
        assert found is not None
        assert found.first_name == wanted


def test_headings_that_mean_nothing_are_told(any_store: Store) -> None:
    """As the source spells them; empty ones are not worth a word."""
    header = ("customer_id", "first_name", "last_name", "Shoe Size", "emails", "", " Hat ")
    rows = Listed([("1", "A", "B", "x", "a@b.example", "", "y")], header)
    assert import_rows(any_store.engine, rows, {}, lambda done, total: None).ignored == ("Shoe Size", "Hat")


IDS = st.sampled_from("1 2 3 4 5".split())
ROW = st.tuples(
    IDS,
    st.sampled_from(["Eero", "Anna-Maria", "Åke"]),
    st.sampled_from(["Salo", "van der Berg-Salo", "Lindén"]),
    st.sampled_from(["", "Mäki", "Ek;Holm"]),
    st.lists(st.sampled_from("a@sea.example A@sea.example b@post.example c@gmail.com bad".split()), max_size=3).map(
        ";".join
    ),
    st.sampled_from(["", "yes", "no"]),
)  # fmt: skip
IMPORTS = st.lists(
    st.tuples(st.lists(ROW, min_size=1, max_size=6), st.booleans(), st.sampled_from(["", "crm"])), max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(imports=IMPORTS)
def test_any_row_of_imports_leaves_what_their_last_rows_say(
    imports: list[tuple[list[Row], bool, str]], any_store: Store
) -> None:
    """The tables are those of one import of the final state, but for former addresses and moments."""
    engine = any_store.engine
    _empty(engine)
    final: dict[str, tuple[Row, str]] = {}
    for rows, whole, source in imports:
        try:
            result = bring(engine, *rows, source=source, whole=whole)
        except InputError:
            continue
        named = {row[0] for row in rows}
        if whole:
            final = {key: kept for key, kept in final.items() if kept[1] != source or key in named}
        bad = {line for line, _ in result.bad_rows}
        final |= {row[0]: (row, source) for line, row in enumerate(rows, 1) if line not in bad}
    after = _tables(engine)
    _empty(engine)
    for source in ("", "crm"):
        last = [row for row, of in final.values() if of == source]
        if last:
            bring(engine, *last, source=source)
    assert after == _tables(engine)


def _empty(engine: Engine) -> None:
    with engine.execution_options(mailguard_writes=True).begin() as connection:
        for table in (EMAILS, NAMES, DOMAINS, CUSTOMERS):
            connection.execute(delete(table))


def _tables(engine: Engine) -> list[set[tuple[object, ...]]]:
    today = select(*(column for column in EMAILS.c if column.name != "added_at")).where(~EMAILS.c.former)
    with engine.connect() as connection:
        return [
            {tuple(row) for row in connection.execute(query)}
            for query in (select(CUSTOMERS), today, select(NAMES), select(DOMAINS))
        ]
