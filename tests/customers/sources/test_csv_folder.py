"""A folder of CSV files as a source."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailguard.core.errors import InputError, MailguardError, SourceError
from mailguard.core.settings.sources import CsvSource
from mailguard.customers.sources import csv_folder
from mailguard.customers.sources.csv_folder import FolderRows, open_folder
from tests.customers.sources.fetching import Waits, fetch

HEADER = "customer_id,first_name,last_name,emails"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "export"
    made.mkdir()
    return made


@pytest.fixture
def put(folder: Path) -> Callable[..., Path]:
    """Writes a file, an hour ago."""

    def write(name: str, *lines: str, header: str = HEADER, seconds_old: float = 3600) -> Path:
        file = folder / name
        file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        at = time.time() - seconds_old
        os.utime(file, (at, at))
        return file

    return write


def source(folder: Path, **values: object) -> CsvSource:
    """That folder as a source."""
    return CsvSource.model_validate({"name": "export", "kind": "csv", "folder": folder, **values})


def ids(rows: list[dict[str, str]]) -> list[str]:
    """The customer numbers."""
    return [row["customer_id"] for row in rows]


def test_all_matching_files_are_the_whole(folder: Path, put: Callable[..., Path]) -> None:
    """Files come in the order of their names; what does not match, is hidden or is a folder is left alone."""
    put("b.csv", "3,C,Cygnaeus,c@post.example")
    put("a.csv", "1,A,Aalto,a@post.example", "2,B,Berg,b@post.example")
    put("a.csv.part", "9,X,X,x@post.example")
    put(".a.csv", "9,X,X,x@post.example")
    (folder / "old.csv").mkdir()
    assert ids(fetch(source(folder))) == ["1", "2", "3"]
    assert ids(fetch(source(folder, pattern="b*.csv"))) == ["3"]


def test_columns_may_stand_in_another_order(folder: Path, put: Callable[..., Path]) -> None:
    """Each file is read by its own header row and delimiter; the columns must be the same ones."""
    put("a.csv", "1,A,Aalto,a@post.example")
    put("b.csv", "Berg;b@post.example;2;B", header="Last_Name;emails;customer_id;first_name")
    rows = fetch(source(folder))
    assert rows[1] == {"customer_id": "2", "first_name": "B", "last_name": "Berg", "emails": "b@post.example"}
    put("c.csv", "3,C,Cygnaeus", header="customer_id,first_name,last_name")
    with pytest.raises(SourceError, match=r"c\.csv: has other columns than the first file of the folder \(emails\)"):
        fetch(source(folder))


def test_a_row_is_told_by_file_and_line(folder: Path, put: Callable[..., Path]) -> None:
    """Each row has a number of its own through all the files, and a place that people find."""
    put("a.csv", "1,A,Aalto,", "", '2,"B\nB",Berg,')
    put("b.csv", header=HEADER)
    put("c.csv", "3,C,Cygnaeus,", "4,D,Donner,")
    with open_folder(source(folder)) as rows:
        numbers = [number for number, _ in rows.rows()]
        assert [rows.place(number) for number in numbers] == [
            "a.csv line 2",
            "a.csv line 4",
            "c.csv line 2",
            "c.csv line 3",
        ]
        assert len(set(numbers)) == 4
        assert rows.position == rows.size


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may make a pause of five seconds anywhere; no file grows old by that."""
    begun = time.time()
    monkeypatch.setattr(csv_folder, "time", SimpleNamespace(time=lambda: begun))


@pytest.mark.usefixtures("standing_clock")
@pytest.mark.parametrize("name", ["a.csv", "b.csv"])
def test_a_file_that_is_being_written_waits(folder: Path, put: Callable[..., Path], name: str) -> None:
    """A fresh file is looked at again and again until it has stood still for five seconds."""
    put("a.csv", "1,A,Aalto,")
    file = put(name, "1,A,Aalto,", seconds_old=0)

    def write_on(number: int) -> None:
        if number <= 7:
            with file.open("a") as opened:
                opened.write(f"{number + 1},B,Berg,\n")

    waits = Waits(write_on)
    with open_folder(source(folder), wait=waits) as rows:
        found = list(rows.rows())
    assert len(waits.seconds) == 7 + 5
    assert found[-1][1][0] == "8"


@pytest.mark.usefixtures("standing_clock")
def test_a_file_that_never_ends_is_trouble(folder: Path, put: Callable[..., Path]) -> None:
    """After two minutes it is for the next time."""
    file = put("a.csv", seconds_old=0)

    def write_on(number: int) -> None:
        with file.open("a") as opened:
            opened.write("1,A,Aalto,\n")

    waits = Waits(write_on)
    with pytest.raises(SourceError, match="still being written"), open_folder(source(folder), wait=waits):
        pass
    assert sum(waits.seconds) == 120


def test_a_file_of_tomorrow_is_not_waited_for_for_ever(folder: Path, put: Callable[..., Path]) -> None:
    """Another machine's clock may be ahead: what stands still for five seconds is written."""
    put("a.csv", "1,A,Aalto,", seconds_old=-86400)
    waits = Waits()
    with open_folder(source(folder), wait=waits) as rows:
        assert len(list(rows.rows())) == 1
    assert len(waits.seconds) == 5


def test_a_folder_that_is_changed_while_it_is_read_is_trouble(folder: Path, put: Callable[..., Path]) -> None:
    """Half of the old files and half of the new ones are no register."""
    put("a.csv", "1,A,Aalto,", "2,B,Berg,")
    changes: list[Callable[[], object]] = [
        lambda: put("b.csv", "3,C,Cygnaeus,"),
        lambda: (folder / "b.csv").unlink(),
        lambda: put("a.csv", "1,A,Ahola,", "2,B,Berg,", seconds_old=1),
        lambda: put("z", "1,A,Ahola,").replace(folder / "a.csv"),
    ]
    for change in changes:
        with open_folder(source(folder), wait=Waits()) as rows:
            taken = rows.rows()
            next(taken)
            change()
            with pytest.raises(MailguardError, match=r"written to while it was read|b\.csv: cannot be read"):
                list(taken)


def test_nothing_there_is_trouble(folder: Path, tmp_path: Path) -> None:
    """An empty folder, or none, is told, and is never an empty register."""
    with pytest.raises(SourceError, match=r"no file in .*export matches \*\.csv"):
        fetch(source(folder))
    with pytest.raises(SourceError, match="nowhere: cannot be read: No such file"):
        fetch(source(tmp_path / "nowhere"))


def test_a_broken_file_is_trouble_for_all(folder: Path, put: Callable[..., Path]) -> None:
    """One file that is not UTF-8 or cut off within a quoted cell stops the sync, and is named without its text."""
    put("a.csv", "1,A,Aalto,a@post.example")
    broken = put("b.csv", "2,B,Berg,b@post.example")
    broken.write_bytes(HEADER.encode() + b"\n2,B\xe4rbel,Berg,\n")
    os.utime(broken, (0, 0))
    with pytest.raises(InputError, match=r"b\.csv: line .*is not UTF-8") as caught:
        fetch(source(folder))
    assert "rbel" not in str(caught.value)


def test_progress_counts_octets(folder: Path, put: Callable[..., Path]) -> None:
    """The size is that of all files, and the position only grows."""
    for name in "abc":
        put(f"{name}.csv", *(f"{name}{number},A,Aalto,a@post.example" for number in range(500)))
    with open_folder(source(folder)) as rows:
        assert isinstance(rows, FolderRows)
        positions = [rows.position for _ in rows.rows()]
        assert rows.size == sum(file.stat().st_size for file in folder.iterdir())
    assert positions == sorted(positions)
    assert positions[-1] <= rows.size
