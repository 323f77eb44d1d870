"""The generator of letters: every shape in every language, the same for the same seed, and a small run of the judge."""

import csv
import random
from pathlib import Path

import pytest

from mailguard.message.read import read_letter
from tests.namesake.generated.letters import LANGUAGES, Known, Made, letters_about
from tests.namesake.generated.measure import Outcome, interval, measure
from tests.namesake.generated.people import write_people
from tests.namesake.generated.printing import printed
from tests.namesake.generated.recipients import Crowd, right_recipients, wrong_recipients
from tests.namesake.generated.row import Row
from tests.namesake.generated.run import made_guard
from tests.namesake.generated.unconfirmed import Followed, follow
from tests.namesake.hard.case import write_message


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A customer file of 1,200 made-up customers."""
    made = tmp_path_factory.mktemp("made") / "customers.csv"
    write_people(made, 1200)
    return made


@pytest.fixture(scope="module")
def rows(file: Path) -> list[Row]:
    """Its rows."""
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def figures(file: Path, rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Followed]:
    """What the judge made of letters about 30 of them."""
    with made_guard(tmp_path_factory.mktemp("guard"), file) as guard:
        return measure(guard.judge, rows, 25), follow(guard, rows, 20)


def _letters(rows: list[Row], seed: int) -> list[Made]:
    chance = random.Random(seed)
    return [made for row in rows[:120] for made in letters_about(row, chance.sample(rows, 15), chance)]


def test_same_seed_same_letters(rows: list[Row]) -> None:
    """A run can be done again: every letter comes out the same."""
    assert _letters(rows, 1) == _letters(rows, 1)
    assert _letters(rows, 1) != _letters(rows, 2)


def test_every_language_has_every_shape(rows: list[Row]) -> None:
    """Twenty-one shapes in six languages, and each can be read as a message without trouble."""
    letters = _letters(rows, 1)
    shapes = {(made.language, made.shape) for made in letters}
    assert len(shapes) >= 20 * len(LANGUAGES)
    for made in letters[:200]:
        assert not read_letter(write_message(made.fields, "a@b.example")).troubles


def test_nobody_is_right_and_wrong(rows: list[Row]) -> None:
    """No address that may read a customer's letter is among the wrong ones."""
    chance, crowd = random.Random(4), Crowd(rows)
    for row in rows[:300]:
        right = {address for _, address in right_recipients(row, crowd, chance)}
        assert not right & {address for _, address in wrong_recipients(row, crowd, chance)}


def test_recall_and_false_holds_of_a_small_run(figures: tuple[Outcome, Followed]) -> None:
    """Where the customer was found every wrong recipient is held, and next to no right one."""
    outcome, _ = figures
    identified = outcome.tallies["known", Known.IDENTIFIED]
    assert identified.caught_identified == identified.wrong_identified > 1000
    assert identified.caught.total() >= 0.9 * identified.wrong.total()
    assert identified.held.total() <= 0.005 * identified.right
    nobody = outcome.tallies["known", Known.NOBODY]
    assert nobody.held.total() <= 0.03 * nobody.right


def test_unconfirmed_addresses_of_a_small_run(figures: tuple[Outcome, Followed]) -> None:
    """A wrong address that nobody confirmed is caught at once, and a right one is held once."""
    _, followed = figures
    assert (followed.caught, followed.slipped) == (followed.wrong, 0)
    assert set(followed.holds) == {1}


def test_figures_are_printed(figures: tuple[Outcome, Followed]) -> None:
    """The report names every shape."""
    outcome, followed = figures
    text = "\n".join([*printed(outcome), str(followed)])
    assert "quoted thread" in text
    assert "never-confirmed" in text


def test_interval() -> None:
    """No false hold among 8,000 is no proof of none: Wilson's interval ends at .048 %."""
    low, high = interval(0, 8000)
    assert low == 0
    assert high == pytest.approx(0.00048, abs=0.00001)
