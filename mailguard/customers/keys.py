"""Look-up keys: the folded forms in which two spellings of one name, number or street are equal.

Pure text functions; the importer writes these keys, and whoever looks something up makes them with the same functions.
"""

import re
import unicodedata
from functools import lru_cache

PARTICLES = frozenset(
    "van de der den het t ter ten te von vom zu zum zur af av av d di da du del la le op in 's".split()
)
"""Words before a last name that letters leave out, move behind a comma, or spell otherwise (`van der Berg`)."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_UMLAUTS = re.compile("ae|oe|ue")
_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"[\s\-‐‑–.,/]+")
_STREET_PREFIX = re.compile(r"^(?:ul|ulica|al|aleja|os|pl)\s+")
_TWO_DIGIT_CODES = frozenset(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 "
    "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98".split()
)
_FIRST_NUMBER = re.compile(r"\d+")


@lru_cache(maxsize=1 << 17)
def fold(text: str) -> str:
    """Small letters and digits only, without diacritics; `ae`, `oe`, `ue` as `a`, `o`, `u`.

    Müller, Mueller and Muller are one; so are Björk and Bjoerk. It merges a few names that differ (Noel, Nol), which is
    harmless in a key: whoever decides by it looks at birth date or address too.
    """
    if text.isascii():
        lowered = text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        lowered = "".join([ch for ch in decomposed if not unicodedata.combining(ch)])
    plain = lowered if lowered.isalnum() else "".join([ch for ch in lowered if ch.isalnum()])
    return _UMLAUTS.sub(_first_letter, plain) if "e" in plain else plain


def _first_letter(found: re.Match[str]) -> str:
    return found[0][0]


@lru_cache(maxsize=1 << 17)
def units(name: str) -> tuple[str, ...]:
    """The parts of a name, folded, without particles: `van der Berg-Korhonen` -> (`berg`, `korhonen`)."""
    folded = [fold(word) for word in _JOINED.split(name.replace("'", " ").replace("’", " "))]
    kept = tuple(word for word in folded if word and word not in PARTICLES)
    return kept or tuple(word for word in folded if word)


def pair_key(one: str, other: str) -> str:
    """Key of two folded units in either order: registers have swapped columns, letters have `Virtanen Matti`."""
    return f"{one} {other}" if one <= other else f"{other} {one}"


def name_key(first_name: str, last_name: str) -> str:
    """Key of a full name; empty when one half is missing."""
    first, last = _half(first_name), _half(last_name)
    return pair_key(first, last) if first and last else ""


@lru_cache(maxsize=1 << 17)
def _half(name: str) -> str:
    return "".join(units(name))


def other_name_keys(first_name: str, last_name: str, former_names: tuple[str, ...]) -> set[str]:
    """Further keys under which a letter may name the same person: one given name, half a double name, a former name."""
    given, last = units(first_name), units(last_name)
    if len(given) == len(last) == 1:
        if not former_names:
            return set()
        if len(former_names) == 1 and len(before := units(former_names[0])) == 1:
            return {pair_key(given[0], before[0])} - {pair_key(given[0], last[0])}
    firsts = {"".join(given), *given}
    lasts = {"".join(last), *last}
    for former in former_names:
        parts = units(former)
        # A former name may be written in full ("Liisa Korhonen") or as the last name alone.
        rest = tuple(part for part in parts if part not in given) or parts
        lasts |= {"".join(rest), *rest}
    keys = {pair_key(first, second) for first in firsts if first for second in lasts if second}
    return keys - {name_key(first_name, last_name)}


def id_key(value: str) -> str:
    """Key of a customer number, user name or national id: capitals and digits, no separators, no leading zeros."""
    plain = value.upper() if value.isascii() and value.isalnum() else _alphanumeric(value)
    return plain.lstrip("0") or plain


def national_key(value: str) -> str:
    """Key of a national id. Swedish numbers are equal with and without their century (19811228-9874, 811228-9874)."""
    plain = _alphanumeric(value)
    return plain[2:] if len(plain) == 12 and plain.isdigit() and plain[:2] in ("19", "20") else plain


def _alphanumeric(value: str) -> str:
    if value.isascii() and value.isalnum():
        return value.upper()
    return "".join(ch for ch in unicodedata.normalize("NFKC", value).upper() if ch.isalnum())


@lru_cache(maxsize=1 << 15)
def street_word(word: str) -> str:
    """A folded word of a street's name; `straße` and `straat` at its end as they are abbreviated: `Hauptstr.`."""
    folded = fold(word)
    for ending in ("strasse", "straat"):
        if folded.endswith(ending):
            return folded.removesuffix(ending) + "str"
    return folded


@lru_cache(maxsize=1 << 10)
def street_key(street: str) -> str:
    """Street and house number without staircase and flat: `Mannerheimintie 12 A 5` -> `mannerheimintie 12`."""
    return street_keys(street)[1]


def street_keys(street: str) -> tuple[str, str]:
    """All folded words of a street line, and its `street_key`."""
    # Streets recur, with their numbers they seldom do: only what stands before the number is worth keeping.
    name, _, number = street.rpartition(" ")
    if number.isascii() and number.isdigit() and (words := _street_name(name)):
        line = f"{words} {number}"
        return line, line
    return _read_street(street)


@lru_cache(maxsize=1 << 16)
def _street_name(name: str) -> str:
    """The folded words before a house number; empty where the line must be read as a whole."""
    words, key = _read_street(f"{name} 1")
    return key.removesuffix(" 1") if words == key and key.endswith(" 1") else ""


@lru_cache(maxsize=1 << 14)
def _read_street(street: str) -> tuple[str, str]:
    line = _STREET_PREFIX.sub("", " ".join([street_word(word) for word in _WORD.findall(street)]))
    words = line.split()
    for position, word in enumerate(words):
        if position and word[0].isdigit() and (number := _FIRST_NUMBER.match(word)):
            return line, " ".join([*words[:position], number[0]])
    return line, " ".join(words)


@lru_cache(maxsize=1 << 16)
def postcode_key(postcode: str) -> str:
    """Capitals and digits: `1018 ab` -> `1018AB`, `FI-00100` -> `00100`."""
    if postcode.isascii() and postcode.isdigit():
        return postcode
    plain = "".join([ch for ch in postcode.upper() if ch.isalnum()])
    return plain[2:] if len(plain) > 4 and plain[:2].isalpha() and plain[2:].isdigit() else plain


@lru_cache(maxsize=1 << 14)
def city_key(city: str) -> str:
    """The folded words of a town's name, joined: `Den Haag` -> `denhaag`."""
    return "".join(fold(word) for word in _WORD.findall(city))


def phone_key(number: str) -> str:
    """The last eight digits of a telephone number, without country code and trunk prefix; empty for fewer than six.

    `+358 40 123 4567`, `00358401234567` and `040-1234567` are one. Country codes after ITU-T E.164: their first two
    digits tell how many they have.
    """
    digits = number[1:] if number[:1] == "+" else number
    if not (digits.isascii() and digits.isdigit()):
        digits = "".join([ch for ch in number.replace("(0)", "") if ch.isascii() and ch.isdigit()])
    if number.lstrip(" (").startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        digits = digits[_code_length(digits) :]
    national = digits.lstrip("0")
    return national[-8:] if len(national) >= 6 else ""


def _code_length(digits: str) -> int:
    if digits[:1] in ("1", "7"):
        return 1
    return 2 if digits[:2] in _TWO_DIGIT_CODES else 3


def household_key(street: str, postcode: str) -> str:
    """Key of a dwelling: the whole street line, flat included, and the postcode; empty when one is missing."""
    words, code = street_keys(street)[0], postcode_key(postcode)
    return f"{words}|{code}" if words and code else ""
