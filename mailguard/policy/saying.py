"""Says a phrase in the language of a wording."""

from collections.abc import Callable

from mailguard.core.phrase import Ago, Clause, Joined, Listed, OnDay, Phrase, Said
from mailguard.policy.wording import Wording


def say(phrase: Phrase, wording: Wording, clause: Callable[[str], str] = str) -> str:
    """The text; `clause` says in another language what stands in English.

    Raises KeyError for a text or a value that the wording wants and the phrase lacks: both may be of another year.
    """

    def said(part: Phrase) -> str:
        return say(part, wording, clause)

    match phrase:
        case str():
            return phrase
        case Said(key, values):
            return wording.say(key, **{name: said(value) for name, value in values})
        case Listed(parts):
            return wording.join([said(part) for part in parts])
        case Joined(parts, sign):
            *before, last = [said(part) for part in parts]
            return "".join(f"{text.removesuffix('.') if sign else text}{sign} " for text in before) + last
        case Clause(text):
            return clause(text)
        case OnDay(day):
            return wording.day(day)
        case Ago(hours):
            return wording.ago(hours)
