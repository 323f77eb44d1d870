"""What may stand in a field of a breach: each value is checked for its kind, and written and read back as JSON."""

from datetime import UTC, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_type_hints

from mailguard.core.errors import BadFact
from mailguard.core.marking import N_

_LONGEST_TEXT = 4000
_LONGEST_LIST = 1000
_LONGEST_WORD = 254
"""Of an address (RFC 5321, section 4.5.3.1.3)."""
_LARGEST = 1 << 53
_WRITE: dict[type, str] = {
    bool: N_("write true or false"),
    int: N_("write a whole number, 0 or more"),
    str: N_("write a text"),
    datetime: N_('write a moment with its zone, such as "2026-11-16T09:00:00+02:00"'),
}
TOO_LONG = N_("%(count)s characters; at most %(most)s are kept")


def kinds_of(facts: type) -> dict[str, type]:
    """The fields of a dataclass, each with its kind: what it holds where it is known."""
    return {name: _kind(hint) for name, hint in get_type_hints(facts).items()}


def read_field(name: str, kind: type, value: Any) -> Any:
    """The value as a breach holds it; times are ISO 8601 with a zone, or datetimes. Nothing, or "": it is not known.

    Raises BadFact for a value of another kind, or one that is too long.
    """
    if value is None or value == "":
        return _unknown(kind)
    if kind is datetime:
        return _moment(name, value)
    if kind is tuple:
        return _words(name, value)
    if issubclass(kind, StrEnum):
        return _choice(name, kind, value)
    # bool before int: True is a number to Python, and "3 people" is no yes.
    fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if not fits or (kind is int and not 0 <= value < _LARGEST):
        raise BadFact(name, _WRITE[kind])
    return _text(name, value) if kind is str else value


def write_field(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value


def _unknown(kind: type) -> Any:
    if kind is tuple:
        return ()
    return kind("") if issubclass(kind, str) else None


def _text(name: str, value: str) -> str:
    if len(value) > _LONGEST_TEXT:
        raise BadFact(name, TOO_LONG, count=len(value), most=_LONGEST_TEXT)
    return _storable(value)


def _storable(text: str) -> str:
    # NUL and half characters, which a command line or a letter may have, are what PostgreSQL refuses.
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _moment(name: str, value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadFact(name, _WRITE[datetime]) from None


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise BadFact(name, "write a list of words")
    words = tuple(dict.fromkeys(kept for word in value if (kept := " ".join(_storable(word).split())[:_LONGEST_WORD])))
    if len(words) > _LONGEST_LIST:
        raise BadFact(name, "%(count)s are too many; at most %(most)s are kept", count=len(words), most=_LONGEST_LIST)
    return words


def _choice(name: str, kind: type[StrEnum], value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise BadFact(name, "write one of %(risks)s", risks=", ".join(each for each in kind if each)) from None


def _kind(hint: Any) -> type:
    if isinstance(hint, UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    kind: type = tuple if getattr(hint, "__origin__", None) is tuple else hint
    return kind
