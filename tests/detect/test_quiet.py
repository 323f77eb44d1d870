"""Parts in which nothing was found are not looked through again, and nothing else changes by that."""

from random import Random

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.people import count_people
from mailguard.detect.quiet import Quiet
from tests.evaluate.cases import letter_of, own_cases


def letter(subject: str, *bodies: str) -> Letter:
    """A subject and bodies."""
    parts = [Part(f"body.{number}", PartRole.BODY, text) for number, text in enumerate(bodies, 1)]
    return Letter(subject, "", (), (Part("subject", PartRole.SUBJECT, subject), *parts))


def test_our_letters_give_the_same_every_time(detector: Detector) -> None:
    """A thousand labelled letters, three times among each other: findings and people are those of the first time."""
    letters = [letter_of(case) for case in Random(5).sample(list(own_cases()), 1000)]
    quiet = Quiet()
    first = [detector.examine(each) for each in letters]
    people = [count_people(each, examined.findings) for each, examined in zip(letters, first, strict=True)]
    for _ in range(3):
        again = [detector.examine(each, quiet) for each in letters]
        assert again == first
        counted = [count_people(each, now.findings, quiet) for each, now in zip(letters, again, strict=True)]
        assert counted == people


def test_a_subject_makes_a_secret_of_a_quiet_number(detector: Detector) -> None:
    """What says nothing below "Minutes" is a lock's combination below "Bike lock"."""
    body = "The combination is 3-8-1-5, see you there.\n"
    quiet = Quiet()
    told = [bool(detector.examine(letter(subject, body), quiet).findings) for subject in ("Minutes", "Bike lock") * 4]
    alone = [bool(detector.examine(letter(subject, body)).findings) for subject in ("Minutes", "Bike lock") * 4]
    assert told == alone
    assert told[-1]


def test_what_the_subject_announces_is_found_in_a_quiet_body(detector: Detector) -> None:
    """A word alone on a line, known from letters about nothing, is the password that this subject speaks of."""
    body = "Kesa2026\n"
    quiet = Quiet()
    for _ in range(3):
        assert not detector.examine(letter("Minutes", body), quiet).findings
    assert detector.examine(letter("Your new password", body), quiet).findings


def test_nothing_that_a_secret_stands_in_is_kept(detector: Detector) -> None:
    """However often the letter comes."""
    quiet = Quiet()
    secret = letter("Hello", "Your password is Kesa-2026!\n", "Regards, Anna\n")
    for _ in range(3):
        examined = detector.examine(secret, quiet)
        count_people(secret, examined.findings, quiet)
    body, regards = secret.parts[1:]
    assert quiet.people_in(body) is None
    assert not quiet.has_no_values(body, b"hello")
    assert quiet.people_in(regards) == frozenset()
    assert quiet.has_no_values(regards, b"hello")


def test_a_list_of_people_is_counted_every_time(detector: Detector) -> None:
    """Neither kept nor forgotten: 30 rows are 30 people at each look."""
    rows = "".join(f"Anna Nowak{number}\tul. Polna {number}, 00-950 Warszawa\n" for number in range(30))
    bulk = letter("List", "Name\tAddress\n" + rows)
    quiet = Quiet()
    assert [count_people(bulk, (), quiet) for _ in range(4)] == [30] * 4
    assert quiet.people_in(bulk.parts[1]) is None
