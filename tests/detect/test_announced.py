"""What the subject announces and the body says without a word."""

from collections.abc import Callable

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector


@pytest.fixture
def find(detector: Detector) -> Callable[[str, str], set[str]]:
    """Function: subject and body -> the kinds found in the body."""

    def run(subject: str, body: str) -> set[str]:
        parts = (Part("subject", PartRole.SUBJECT, subject), Part("body.1", PartRole.BODY, body))
        return {str(finding.kind) for finding in detector.find(Letter(subject, "", (), parts))}

    return run


@pytest.mark.parametrize(
    ("subject", "body", "kind"),
    [
        ("Your new password", "Kesaranta77\n", "password"),
        ("Re: wifi password", "Hi Anna,\n\nKesaranta77\n\nBest regards\nMatti", "password"),
        ("Salasanasi", "Kesaranta77", "password"),
        ("Uusi salasana", "Moi\n\nkesa-ranta#7\n\nt. Liisa", "password"),
        ("Ditt lösenord", "Hej\nTallkotte!8\n/Ebba", "password"),
        ("Twoje hasło", "Rzepak2023x", "password"),
        ("Je nieuwe wachtwoord", "Zeehond55", "password"),
        ("Ihr Kennwort", "Moorhuhn_19\n\nMfG", "password"),
        ("Your PIN code", "4471", "pin"),
        ("PUK", "88120456", "puk"),
        ("Door code", "Hi,\n\n4471\n", "access_code"),
    ],
)
def test_line_under_its_subject(find: Callable[[str, str], set[str]], subject: str, body: str, kind: str) -> None:
    """A token alone on a line of a short body is what the subject says."""
    assert find(subject, body) == {kind}


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Your new password", "Hello,\n\nPlease choose it on our pages.\n\nBest regards\nMatti Virtanen"),
        ("Your new password", "https://example.org/reset?t=8fKe29xqLLp2"),
        ("Password reset", "Your ticket\n\nINC0048392\n"),
        ("Password reset", "48392017"),
        ("Password reset", "REQ-48392-AB"),
        ("Salasanan vaihto", "Kiitos!"),
        ("Salasana", "Matti.Virtanen@example.org\n+358401234567\nwww.example.fi"),
        ("Lösenord", "Windows11\nOffice365"),
        ("Passwortrichtlinie 2024", "Anbei.\n\nrichtlinie_v2.pdf"),
        ("Wachtwoord vergeten", "12-03-2024\n14:30\n€49,90"),
        ("Zoom meeting ID and passcode", "x7KpQ2"),
        ("Hello", "Kesaranta77"),
        ("Your new password", "The build of last night.\n" * 9 + "\nkesa#ranta"),
    ],
)
def test_near_miss(find: Callable[[str, str], set[str]], subject: str, body: str) -> None:
    """Prose, links, tickets, dates, addresses and long bodies under such a subject pass."""
    assert not find(subject, body)


def test_what_is_found_points_at_the_value(detector: Detector) -> None:
    """The place of the finding is the value itself, and `explain` names the form."""
    parts = (
        Part("subject", PartRole.SUBJECT, "Your password"),
        Part("body.1", PartRole.BODY, "Hi\n\n  Kesaranta77.\n"),
    )
    letter = Letter("Your password", "", (), parts)
    (finding,) = detector.find(letter)
    assert parts[1].text[finding.start : finding.end] == "Kesaranta77"
    assert ("subject", "found") in {(each.form, each.outcome) for each in detector.explain(letter)}


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Bike lock", "The combination is 3-8-1-5."),
        ("Kassaskåpet", "Hej! Kombinationen är 24-61-09."),
        ("Pyörän lukko", "Numeroyhdistelmä on 3-8-1-5."),
        ("Kluis", "De combinatie is 24-61-09."),
        ("Bürotresor", "Die Kombination lautet 24-61-09."),
    ],
)
def test_subject_names_the_lock(detector: Detector, subject: str, body: str) -> None:
    """What a code is for may stand in the subject alone; a long letter, or another subject, names nothing: there the
    words around it are all that may speak for it."""

    def rules(subject: str, body: str) -> set[str]:
        parts = (Part("subject", PartRole.SUBJECT, subject), Part("body.1", PartRole.BODY, body))
        return {finding.rule for finding in detector.find(Letter(subject, "", (), parts))}

    by_words = {"code.learned", "code.learned_alone"}
    assert len(rules(subject, body) - by_words) == 1
    assert rules(subject, body + "\n" + "We met on Monday and spoke about the garden. " * 30) <= by_words
    assert rules("Hello", body) <= by_words
