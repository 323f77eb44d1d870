"""Parts in which nothing was found are not looked through again, and nothing else changes by that."""

from random import Random

from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.remembered import Keepsakes
from mailguard.detect.detector import Detector
from mailguard.detect.examined import Examined
from mailguard.detect.people import count_people
from mailguard.detect.quiet import Quiet, QuietMemory
from tests.evaluate.cases import letter_of, own_cases


def letter(subject: str, *bodies: str) -> Letter:
    """A subject and bodies."""
    parts = [Part(f"body.{number}", PartRole.BODY, text) for number, text in enumerate(bodies, 1)]
    return Letter(subject, "", (), (Part("subject", PartRole.SUBJECT, subject), *parts))


def look(detector: Detector, known: QuietMemory, letter: Letter) -> tuple[Examined, int]:
    """Findings and people of a letter that leaves what a judge would have it leave."""
    keepsakes = Keepsakes()
    examined = detector.examine(letter, Quiet(known, keepsakes))
    people = count_people(letter, examined.findings, Quiet(known, keepsakes))
    if not examined.findings and not examined.exhausted:
        keepsakes.keep()
    return examined, people


def test_our_letters_give_the_same_every_time(detector: Detector) -> None:
    """A thousand labelled letters, three times among each other: findings and people are those of the first time."""
    letters = [letter_of(case) for case in Random(5).sample(list(own_cases()), 1000)]
    known = QuietMemory()
    first = [detector.examine(each) for each in letters]
    people = [count_people(each, examined.findings) for each, examined in zip(letters, first, strict=True)]
    for _ in range(3):
        assert [look(detector, known, each) for each in letters] == list(zip(first, people, strict=True))


def test_a_subject_makes_a_secret_of_a_quiet_number(detector: Detector) -> None:
    """What says nothing below "Minutes" is a lock's combination below "Bike lock"."""
    body = "The combination is 3-8-1-5, see you there.\n"
    known = QuietMemory()
    subjects = ("Minutes", "Bike lock") * 4
    told = [bool(look(detector, known, letter(subject, body))[0].findings) for subject in subjects]
    assert told == [bool(detector.examine(letter(subject, body)).findings) for subject in subjects]
    assert told[-1]


def test_what_the_subject_announces_is_found_in_a_quiet_body(detector: Detector) -> None:
    """A word alone on a line, known from letters about nothing, is the password that this subject speaks of."""
    known = QuietMemory()
    for _ in range(3):
        assert not look(detector, known, letter("Minutes", "Kesa2026\n"))[0].findings
    assert look(detector, known, letter("Your new password", "Kesa2026\n"))[0].findings


def test_parts_that_are_known_cost_the_letter_what_they_did(detector: Detector) -> None:
    """A letter too full to be looked through is no less so when it comes again, nor when its parts came alone."""
    full = ["password or pin code or password\n" * 300 + f"end {number}" for number in range(4)]
    known = QuietMemory()
    for number, text in enumerate(full):
        alone = Letter("", "", (), (Part(f"body.{number + 1}", PartRole.BODY, text),))
        assert not any(look(detector, known, alone)[0].exhausted for _ in range(3))
    together = [look(detector, known, letter("Hello", *full))[0].exhausted for _ in range(5)]
    assert together[0]
    assert together == [together[0]] * 5


def test_a_list_of_people_is_counted_every_time(detector: Detector) -> None:
    """Not kept: 30 rows are 30 people at each look."""
    rows = "".join(f"Anna Nowak{number}\tul. Polna {number}, 00-950 Warszawa\n" for number in range(30))
    bulk = letter("List", "Name\tAddress\n" + rows)
    known = QuietMemory()
    assert [look(detector, known, bulk)[1] for _ in range(4)] == [30] * 4
    assert known.people.recall(bulk.parts[1]) is None


def test_subjects_are_kept_as_digests(detector: Detector) -> None:
    """They may be half a megabyte long, and hold what is found beside another body."""
    known = QuietMemory()
    for _ in range(3):
        look(detector, known, letter("Minutes of the board", "Regards, Anna\n"))
    kept = repr(vars(known.values._kept))
    assert "Regards, Anna" in kept
    assert "minutes of the board" not in kept
