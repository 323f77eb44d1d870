"""A real SQLite and a real PostgreSQL as sources."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from mailguard.core.errors import SourceError
from mailguard.core.settings.sources import SqlSource
from mailguard.customers.sources.opening import open_source
from tests.customers.sources.fetching import fetch

TABLE = """CREATE TABLE people (id integer, first text, last text, mail text, born date, active boolean, note text)"""
PEOPLE = [
    (1001, "Matti", "Virtanen", "matti@post.example", "1974-05-02", True, "100%"),
    (2044, "Kaisa", "Öhman", None, None, False, "10:30"),
]
QUERY = "SELECT id AS customer_id, first, last, mail, born, active FROM people ORDER BY id"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database of two people."""
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute(TABLE)
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?)", PEOPLE)
    return f"sqlite:///{tmp_path}/crm.db"


@pytest.fixture
def crm_url(postgres_url: str) -> str:
    """The same on PostgreSQL."""
    with psycopg.connect(make_url(postgres_url).set(drivername="postgresql").render_as_string()) as connection:
        connection.execute(TABLE)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO people VALUES (%s, %s, %s, %s, %s, %s, %s)", PEOPLE)
    return postgres_url


def source(url: str, query: str = QUERY, **values: object) -> SqlSource:
    """A source on that database."""
    return SqlSource.model_validate({"name": "crm", "kind": "sql", "url": url, "query": query, **values})


@pytest.mark.parametrize("database", ["sqlite_url", "crm_url"])
def test_a_query_gives_rows(database: str, request: pytest.FixtureRequest) -> None:
    """Headings are the query's, dates, truth and nothing are text, on both databases."""
    rows = fetch(source(request.getfixturevalue(database)))
    assert [row["customer_id"] for row in rows] == ["1001", "2044"]
    assert rows[0]["born"] == "1974-05-02"
    assert rows[1]["mail"] == rows[1]["born"] == ""
    assert rows[1]["last"] == "Öhman"
    assert [row["active"] for row in rows] in (["yes", "no"], ["1", "0"])


@pytest.mark.parametrize("database", ["sqlite_url", "crm_url"])
def test_percent_and_colon_are_no_placeholders(database: str, request: pytest.FixtureRequest) -> None:
    """A query goes to the database as it is written."""
    query = "SELECT id FROM people WHERE note LIKE '%0:30' OR note LIKE '100%'"
    assert len(fetch(source(request.getfixturevalue(database), query))) == 2


@pytest.mark.parametrize("database", ["sqlite_url", "crm_url"])
def test_the_database_itself_refuses_to_write(database: str, request: pytest.FixtureRequest) -> None:
    """Even where the configuration's check is passed by, the transaction only reads."""
    url = request.getfixturevalue(database)
    statement = "DELETE FROM people RETURNING id"
    bad = source(url).model_copy(update={"query": statement})
    with pytest.raises(SourceError, match="the query failed"):
        fetch(bad)
    assert len(fetch(source(url))) == 2


def test_arrays_are_several_values(crm_url: str) -> None:
    """A PostgreSQL array is a cell of several values."""
    (row,) = fetch(source(crm_url, "SELECT ARRAY['a@x.example', 'b@x.example'] AS emails"))
    assert row["emails"] == "a@x.example;b@x.example"


def test_rows_come_in_portions(crm_url: str) -> None:
    """A cursor of the server's: the first of two million rows are here before the last was made."""
    with open_source(source(crm_url, "SELECT g AS id FROM generate_series(1, 2000000) AS g")) as rows:
        first = next(iter(rows.rows()))
    assert first == (1, ["1"])


def test_a_query_that_breaks_off_is_an_error_without_its_text(crm_url: str) -> None:
    """Trouble in the middle is trouble for the whole, and the message does not quote the row that made it."""
    odd = "CAST('Matti' || g AS integer)"
    query = f"SELECT CASE WHEN g < 50000 THEN 1 ELSE {odd} END FROM generate_series(1, 90000) AS g"
    with open_source(source(crm_url, query)) as rows, pytest.raises(SourceError) as caught:
        list(rows.rows())
    assert rows.position > 0
    assert "Matti" not in str(caught.value)
    assert "22P02" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:////nowhere/at/all.db", "cannot be reached: unable to open database file"),
        ("sqlite://", "names no file"),
        ("postgresql://reader@127.0.0.1:9/crm", "cannot be reached"),
        ("nosuchdb://reader@host/crm", "no driver for nosuchdb"),
        ("mysql+pymysql://reader@host/crm", "Python package pymysql"),
    ],
)
def test_what_cannot_be_opened_is_told(url: str, says: str) -> None:
    """A wrong address, a driver that is not there."""
    with pytest.raises(SourceError, match=says):
        fetch(source(url))


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    """Reading a file that is not there leaves no file behind."""
    with pytest.raises(SourceError):
        fetch(source(f"sqlite:///{tmp_path}/typo.db"))
    assert list(tmp_path.iterdir()) == []


def test_password_comes_from_its_file(crm_url: str, tmp_path: Path) -> None:
    """The password is used, is stripped of its line end, and stands in no error."""
    file = tmp_path / "crm.password"
    file.write_text("hunter2\n")
    assert fetch(source(crm_url, password_file=file))
    with pytest.raises(SourceError) as caught:
        fetch(source(f"{crm_url}hunter2", password_file=file))
    assert "hunter2" not in str(caught.value)
    file.write_text("\n")
    with pytest.raises(SourceError, match="write the secret into it"):
        fetch(source(crm_url, password_file=file))
    with pytest.raises(SourceError, match=r"gone: cannot be read: No such file"):
        fetch(source(crm_url, password_file=tmp_path / "gone"))


def test_bytes_are_told_by_row(sqlite_url: str) -> None:
    """A value that is no text is told by its row and kind."""
    with pytest.raises(SourceError, match="row 1: a bytes where text is expected"):
        fetch(source(sqlite_url, "SELECT CAST(last AS blob) FROM people"))
