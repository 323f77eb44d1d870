"""Files that come again: read once more at most, with the same outcome, and forgotten unless they are everybody's."""

from dataclasses import replace

import pytest

from mailguard.core.part import Letter
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extraction.known_files import KnownFiles
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.extractor import Extract
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
def counted(pool: ExtractionPool) -> Counted:
    """Counts from nought."""
    return Counted(pool)


def read(
    known: KnownFiles, *files: tuple[str, bytes], budget: Budget = Budget(), kind: str = "application/pdf"
) -> Letter:
    """A letter with these files."""
    return read_letter(
        letter(mixed("\nHello\n", *(attachment(name, data, kind) for name, data in files))), budget, known
    )


def test_a_file_that_comes_again_is_read_twice_and_then_known(counted: Counted) -> None:
    """The third letter with the same terms costs no worker process anything, and reads the same."""
    known = KnownFiles(counted)
    first, second, third, fourth = (read(known, ("terms.pdf", TERMS)) for _ in range(4))
    assert first == second == third == fourth
    assert SECRET in all_text(fourth)
    assert counted.asked == 2


def test_what_is_said_of_a_file_counts(counted: Counted) -> None:
    """Under another name, or in another place of the letter, it is read again: findings tell both."""
    known = KnownFiles(counted)
    for _ in range(3):
        read(known, ("terms.pdf", TERMS))
    other = read(known, ("Password x7-Kettu.pdf", TERMS))
    both = read(known, ("a.pdf", TERMS[:-1]), ("terms.pdf", TERMS))
    assert counted.asked == 2 + 1 + 2
    assert {part.file_name for part in other.parts if part.file_name} == {"Password x7-Kettu.pdf"}
    assert len({part.path for part in both.parts}) == len(both.parts)


def test_one_octet_makes_another_file(counted: Counted) -> None:
    """Last month's price list is not this month's."""
    known = KnownFiles(counted)
    for _ in range(3):
        read(known, ("terms.pdf", TERMS))
    changed = TERMS.replace(SECRET.encode(), SECRET.encode().swapcase())
    assert SECRET not in all_text(read(known, ("terms.pdf", changed)))


def test_a_file_that_came_once_leaves_nothing(counted: Counted) -> None:
    """A customer's own invoice is in no memory after its letter: only the digest of it is."""
    known = KnownFiles(counted)
    read(known, ("invoice.pdf", TERMS))
    assert SECRET not in repr(vars(known._known._kept))
    read(known, ("invoice.pdf", TERMS))
    assert SECRET in repr(vars(known._known._kept))


def test_what_is_left_of_the_budget_is_asked_of_known_files_too(counted: Counted) -> None:
    """A letter that is full already is held with a known file as with an unknown one."""
    known = KnownFiles(counted)
    for _ in range(3):
        read(known, ("terms.pdf", TERMS))
    small = replace(Budget(), expanded=40)
    assert kinds(read(known, ("terms.pdf", TERMS), budget=small)) == {"unreadable"}
    assert read(known, ("terms.pdf", TERMS), budget=small) == read(
        KnownFiles(counted), ("terms.pdf", TERMS), budget=small
    )


def test_trouble_is_not_remembered(counted: Counted) -> None:
    """A broken file, or one that met a busy moment, is tried again each time."""
    known = KnownFiles(counted)
    for _ in range(4):
        assert kinds(read(known, ("broken.pdf", b"%PDF-1.7\n" + bytes(range(1, 200))))) == {"unreadable"}
    assert counted.asked == 4


def test_what_anything_was_found_in_is_not_kept(counted: Counted) -> None:
    """The file with the password goes out of memory, the one beside it stays."""
    known = KnownFiles(counted)
    other = write_pdf([lines("Price list")])
    for _ in range(2):
        last = read(known, ("terms.pdf", TERMS), ("prices.pdf", other))
    known.forget({part.text for part in last.parts if SECRET in part.text})
    assert SECRET not in repr(vars(known._known._kept))
    assert "Price list" in repr(vars(known._known._kept))
