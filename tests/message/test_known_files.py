"""Files that come again: read once more at most, with the same outcome, and forgotten unless they are everybody's."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mailguard.core.part import Letter
from mailguard.core.remembered import Keepsakes
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.extractor import Extract
from mailguard.message.known_files import FileMemory, KnownFiles, file_memory
from mailguard.message.read import read_letter
from tests.message.writing import SECRET, all_text, attachment, kinds, letter, mixed
from tests.support.pdf import lines, write_pdf

TERMS = write_pdf([lines("Terms of delivery", f"Password: {SECRET}"), lines("Second page")])


class Counted:
    """An extractor that counts what it is asked for."""

    def __init__(self, pool: ExtractionPool) -> None:
        self._pool = pool
        self.asked = 0

    def extract(self, blob: Blob, kind: str, budget: Budget) -> Extract:
        """Ask the pool."""
        self.asked += 1
        return self._pool.extract(blob, kind, budget)


@pytest.fixture
def counted() -> Iterator[Counted]:
    """Counts from nought."""
    with ExtractionPool(1) as pool:
        yield Counted(pool)


class Reader:
    """Reads letters with a memory of files; each is found clean but where the test says otherwise."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self.memory: FileMemory = file_memory()

    def read(
        self,
        *files: tuple[str, bytes],
        budget: Budget = Budget(),
        kind: str = "application/pdf",
        clean: bool = True,
    ) -> Letter:
        """A letter with these files."""
        keepsakes = Keepsakes()
        raw = letter(mixed("\nHello\n", *(attachment(name, data, kind) for name, data in files)))
        read = read_letter(raw, budget, KnownFiles(self._counted, self.memory, keepsakes))
        if clean:
            keepsakes.keep()
        return read


@pytest.fixture
def reader(counted: Counted) -> Reader:
    """It has read nothing yet."""
    return Reader(counted)


def test_a_file_that_comes_again_is_read_twice_and_then_known(reader: Reader, counted: Counted) -> None:
    """The third letter with the same terms costs no worker process anything, and reads the same."""
    first, second, third, fourth = (reader.read(("terms.pdf", TERMS)) for _ in range(4))
    assert first == second == third == fourth
    assert SECRET in all_text(fourth)
    assert counted.asked == 2


def test_what_is_said_of_a_file_counts(reader: Reader, counted: Counted) -> None:
    """Under another name, or in another place of the letter, it is read again: findings tell both."""
    for _ in range(3):
        reader.read(("terms.pdf", TERMS))
    other = reader.read(("Password x7-Kettu.pdf", TERMS))
    both = reader.read(("a.pdf", TERMS[:-1]), ("terms.pdf", TERMS))
    assert counted.asked == 2 + 1 + 2
    assert {part.file_name for part in other.parts if part.file_name} == {"Password x7-Kettu.pdf"}
    assert len({part.path for part in both.parts}) == len(both.parts)


def test_one_octet_makes_another_file(reader: Reader) -> None:
    """Last month's price list is not this month's."""
    for _ in range(3):
        reader.read(("terms.pdf", TERMS))
    changed = TERMS.replace(SECRET.encode(), SECRET.encode().swapcase())
    assert SECRET not in all_text(reader.read(("terms.pdf", changed)))


def test_a_file_that_came_once_leaves_nothing(reader: Reader) -> None:
    """A customer's own invoice is in no memory after its letter: only the digest of it is."""
    reader.read(("invoice.pdf", TERMS))
    assert SECRET not in repr(vars(reader.memory._kept))
    reader.read(("invoice.pdf", TERMS))
    assert SECRET in repr(vars(reader.memory._kept))


def test_what_is_left_of_the_budget_is_asked_of_known_files_too(reader: Reader, counted: Counted) -> None:
    """A letter that is full already is held with a known file as with an unknown one."""
    for _ in range(3):
        reader.read(("terms.pdf", TERMS))
    small = replace(Budget(), expanded=40)
    assert kinds(reader.read(("terms.pdf", TERMS), budget=small)) == {"unreadable"}
    assert reader.read(("terms.pdf", TERMS), budget=small) == Reader(counted).read(("terms.pdf", TERMS), budget=small)


def test_trouble_is_not_remembered(reader: Reader, counted: Counted) -> None:
    """A broken file, or one that met a busy moment, is tried again each time."""
    for _ in range(4):
        assert kinds(reader.read(("broken.pdf", b"%PDF-1.7\n" + bytes(range(1, 200))))) == {"unreadable"}
    assert counted.asked == 4


def test_a_letter_that_is_not_clean_leaves_none_of_its_files(reader: Reader) -> None:
    """However often it comes: neither the file with the password nor the one beside it."""
    other = write_pdf([lines("Price list")])
    for _ in range(3):
        reader.read(("terms.pdf", TERMS), ("prices.pdf", other), clean=False)
    kept = repr(vars(reader.memory._kept))
    assert SECRET not in kept
    assert "Price list" not in kept
