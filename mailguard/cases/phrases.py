"""What the sentences of a judgement are made of, as JSON beside them (`phrases`, in the order of `reasons`)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from mailguard.core.phrase import Ago, Clause, Joined, Listed, OnDay, Phrase, Said


def pack_phrase(phrase: Phrase | None) -> Any:
    """Strings, lists and objects, each object with one key that says what it is."""
    match phrase:
        case None | str():
            return phrase
        case Said(key, values):
            return {"say": key, "with": {name: pack_phrase(value) for name, value in values}}
        case Listed(phrases):
            return {"list": [pack_phrase(one) for one in phrases]}
        case Joined(phrases, sign):
            return {"join": [pack_phrase(one) for one in phrases], "sign": sign}
        case Clause(text):
            return {"clause": text}
        case OnDay(day):
            return {"day": day.isoformat()}
        case Ago(hours):
            return {"hours_ago": hours}


def phrase_of(judgement: Mapping[str, Any], number: int) -> Phrase | None:
    """What the reason of that number is made of; None in a case of an older version, or of a newer one."""
    try:
        return _unpack(judgement["phrases"][number])
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _unpack(packed: Any) -> Phrase:
    match packed:
        case str():
            return packed
        case {"say": str(key), "with": dict(values)}:
            return Said(key, tuple((name, _unpack(value)) for name, value in values.items()))
        case {"list": [_, *_] as phrases}:
            return Listed(tuple(map(_unpack, phrases)))
        case {"join": [_, *_] as phrases, "sign": str(sign)}:
            return Joined(tuple(map(_unpack, phrases)), sign)
        case {"clause": str(text)}:
            return Clause(text)
        case {"day": str(day)}:
            return OnDay(date.fromisoformat(day))
        case {"hours_ago": int() | float() as hours}:
            return Ago(hours)
        case _:
            raise ValueError("no phrase")
