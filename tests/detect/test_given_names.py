"""Names of people and of places."""

import pytest

from mailguard.detect.given_names import sounds_personal


@pytest.mark.parametrize(
    "name",
    [
        b"oliver stamm",
        b"breitkopf, manfred",
        b"per-olof krantz",
        b"dhr. en mw. teunissen",
        b"frau lindner",
        b"r. bakker",
        b"ken & maureen lomax",
        b"yildiz mehmet",
        b"krystyna pawlik",
    ],
)
def test_people_have_given_names_titles_or_initials(name: bytes) -> None:
    """In whatever order, and joined."""
    assert sounds_personal(name)


@pytest.mark.parametrize(
    "name",
    [
        b"prisma kaari",
        b"apotek hjartat",
        b"split pin",
        b"hotel stamm",
        b"kahvila aino",
        b"salon monika",
        b"backerei franz",
        b"nord bygg",
        b"high street",
    ],
)
def test_places_have_none_or_say_that_they_are_places(name: bytes) -> None:
    """A shop that is named after its owner is no person."""
    assert not sounds_personal(name)
