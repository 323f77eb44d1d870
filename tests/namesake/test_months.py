"""The months' names against Babel's."""

from babel.dates import get_month_names

from mailguard.namesake.months import MONTHS


def test_all_names_of_all_months() -> None:
    """Every name of the Unicode CLDR in the six languages is there, for its month, and no other name is."""
    known = {
        name.casefold().rstrip("."): number
        for language in ("en", "fi", "sv", "pl", "nl", "de")
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }
    assert known == MONTHS
