"""Which drafts there are."""

from enum import StrEnum

from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.core.settings import IncidentSettings


class DraftKind(StrEnum):
    """What is written, and to whom."""

    AUTHORITY_1 = "authority_1"
    """Notification to the supervisory authority (GDPR Art. 33(3))."""
    AUTHORITY_2 = "authority_2"
    """What could not be said at once, and follows in phases (Art. 33(4))."""
    TELECOM_1 = "telecom_1"
    """First notification of a telecom provider (Regulation (EU) 611/2013, Annex I, section 1)."""
    TELECOM_2 = "telecom_2"
    """Its second notification (Annex I, sections 1 and 2)."""
    PEOPLE = "people"
    """Letter to the people concerned (GDPR Art. 34(2))."""
    CONTROLLER = "controller"
    """Letter of a processor to the controller (Art. 33(2))."""
    READER = "reader"
    """Letter that asks the wrong reader for deletion."""


LANGUAGES: dict[str, str] = {
    "en": "English",
    "fi": "suomi",
    "sv": "svenska",
    "pl": "polski",
    "nl": "Nederlands",
    "de": "Deutsch",
}
"""Each by its own name."""

TELECOM = frozenset({DraftKind.TELECOM_1, DraftKind.TELECOM_2})
SECOND = frozenset({DraftKind.AUTHORITY_2, DraftKind.TELECOM_2})

_OF_REGIMES: dict[str, tuple[DraftKind, ...]] = {
    "gdpr": (DraftKind.AUTHORITY_1, DraftKind.AUTHORITY_2),
    "telecom": (DraftKind.TELECOM_1, DraftKind.TELECOM_2),
    "processor": (DraftKind.CONTROLLER,),
}


def kinds_of(settings: IncidentSettings) -> tuple[DraftKind, ...]:
    """The drafts that the configured regimes call for; any other can be had by its name."""
    wanted = {kind for regime in settings.regimes for kind in _OF_REGIMES[regime]}
    return tuple(kind for kind in DraftKind if kind in wanted or kind in (DraftKind.PEOPLE, DraftKind.READER))


def read_kind(text: str) -> DraftKind:
    """The kind of this name. Raises InputError naming those that there are."""
    try:
        return DraftKind(text)
    except ValueError:
        raise InputError(f"{one_line(text, 40)!r} is no draft; there are: {', '.join(DraftKind)}") from None


def read_language(text: str) -> str:
    """The language of this code. Raises InputError naming those that there are."""
    if text not in LANGUAGES:
        raise InputError(f"there are no drafts in {one_line(text, 20)!r}; there are: {', '.join(LANGUAGES)}")
    return text
