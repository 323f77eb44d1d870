"""Values that somebody made up, or a machine drew: told by their shape alone, without a label beside them."""

import re

from mailguard.detect.lookalikes import PHONE, YEAR
from mailguard.detect.shapes import Shape, shape_of
from mailguard.detect.typed import STOPS, check_typed

LONGEST = 24
"""Characters; what people make up is shorter, and keys of machines have detectors of their own."""
LONGEST_PHRASE = 100
"""Characters of several words that somebody thought of, or a wallet drew."""

_SPECIAL_INSIDE = re.compile(r"[^\W_][!#$%&*=?^~§£€][^\W_]|[^\W_][!#$%*?^~§£€]{1,3}$")
_DIGITS_INSIDE = re.compile(r"[a-z]\d[A-Za-z]*\d[A-Z]|[a-z]\d[A-Z]\w*\d|[A-Z]\d[a-z]\w*\W")
_WORDS_AROUND = re.compile(r"[^\W\d_]{2,16}\d{1,4}[^\W\d_]{2,16}\d{0,2}")
_WORD_AND_NUMBER = re.compile(
    r"[^\W\d_]{5,18}-?\d{1,4}!?|[^\W\d_]{3,12}\d{1,4}[^\W\d_]{2,12}\d{0,3}"
    r"|[^\W\d_]{3,12}(?:-[^\W\d_]{2,12}){1,2}-?\d{1,4}"
)
_LEET = re.compile(r"[^\W\d_]{1,4}\d[^\W\d_]{2,}\W?\w*")
"""A digit in a letter's place: `Tr4kcja`."""
_JOINTS = re.compile(r"[.\-_/+]")
_OF_TECHNOLOGY = re.compile(
    r"(?i).*(?:pbkdf2|md[45]|sha\d|base64|utf\d|log4j|mp[34]|x509|oauth2|ipv[46]|h26[45]|k8s|i18n|l10n|ec2|http2|\dbit|\dgo|\dday).*"
)
_OF_REFERENCES = re.compile(
    r"[A-Z]{2,}[-_/]?[A-Za-z]*\d*|.*[A-Z]{3,}[-_/]\d.*|[A-Z]{1,5}\d+[-_/.].*|[A-Z]{3,}\d+[A-Z]?[a-z]+|.*-[A-Z]\d{1,4}[a-z]?"
    r"|[A-Za-z]+#\d+|\d+[-./][A-Za-z].*|[^\W\d_]+\d+-[^\W\dA-Z_]{4,}"
)
"""Numbers of orders, rooms and chips, and what compounds make of them: `HP-LaserJet4050`, `BHV1-negativ`."""
_OF_PROGRAMS = re.compile(
    r"[a-z]+\d*(?:-[a-z]+\d*)+|[a-z]{1,3}[-_.].*|.*[-_.][a-z]{1,2}|[a-z_.]+=[^A-Z].*|.*=[^=]*[=,].*|[-$/+!~].*"
    r"|[*#]+\d.*|\d+\*.*|.*\*\w?|.*\+\+.*|[0-9A-Fa-f:]+%.*|.*%\w{0,3}|[a-z/-]+![0-9]+|.*~[a-z]+\d+.*"
)
"""Options, settings, files, versions, dialling codes."""
_OF_BUGS = re.compile(r"#\d{6,}")
_OF_ARTICLES = re.compile(r"[A-Z]{3,}-\d+")
"""`PIN-3310`: a split pin, not one of a card."""
_ADDRESS = re.compile(r"(?i)u\+[0-9a-f]{4}|0x[0-9a-f]")
"""A character of Unicode, or a place in memory."""
_SYSTEMS = frozenset(
    "srv server host vpn wlan lan router user kunde client abt room raum sal version wersja versie versio build"
    " rev release mail web portal app invoice order report lasku raportti faktura rapport raport zamowienie"
    " factuur bestelling rechnung auftrag bericht verslag section chapter part page file test demo sample player"
    " shell office windows budget plan protokoll minutes agenda final draft ctrl shift strg".split()
)
"""Words of names that things are given by a system, or in an office: machines, documents, programs."""
_CODE = re.compile(
    r"[A-Z]\d{3,5}[A-Z]?|\d{4,5}[A-Fa-f]|[*#]?\d{4,8}[#*]?|[*#]\d{3}|\d{3}[#*]|[*#][\d*#]{4,12}"
    r"|\d{2,4}\s{1,3}\d{2,4}(?:\s{1,3}\d\d)?|\d(?:[-\s\u2010-\u2015\u2212]\d){3,5}|[A-Z]\d[A-Z0-9]{3}"
)


def check_odd(text: str) -> int:
    """Length of the text when signs, digits and capitals are mixed in it as in no word, name or reference."""
    value = text.rstrip(STOPS)
    if not (_SPECIAL_INSIDE.search(value) or _DIGITS_INSIDE.search(value)):
        return 0
    return _typed(text)


def check_made_up(text: str) -> int:
    """Length of the text when words and a number are joined as people do: `ledger.Pine.77`, `kirsikka77Torttu`."""
    value = text.rstrip(STOPS)
    joined = (len(value) > 8 and _WORDS_AROUND.fullmatch(value)) or _is_joined(value)
    return _typed(text) if joined or (value.lower() != value and _LEET.fullmatch(value)) else 0


def check_word_and_number(text: str) -> int:
    """Length of the text when it is a word with a number behind it, as passwords are, and years of events too."""
    stripped = text.rstrip(STOPS)
    if not _WORD_AND_NUMBER.fullmatch(stripped) or stripped.isupper() or not check_typed(stripped):
        return 0
    return 0 if _names_a_thing(stripped) else len(stripped)


def check_keyed(text: str) -> int:
    """Length of the text when keypads take it; a number that may be a year is none here."""
    if sum(map(str.isdigit, text)) < 3 or not _CODE.fullmatch(text) or YEAR.fullmatch(text):
        return 0
    return len(text)


def check_number(text: str) -> int:
    """Length of the text when it is 3 to 12 digits that read as no day, year, hour, amount or telephone."""
    digits = sum(map(str.isdigit, text))
    if not 3 <= digits <= 12 or YEAR.fullmatch(text) or PHONE.fullmatch(text) or _OF_BUGS.fullmatch(text):
        return 0
    shape = shape_of(text.replace(" ", "").strip("*#")) if digits > 3 else Shape.NUMERIC
    return len(text) if shape in {Shape.STRONG, Shape.NUMERIC} else 0


def check_number_or_year(text: str) -> int:
    """Length of the text when it is such a number, or a year: people choose those that they remember."""
    return len(text) if YEAR.fullmatch(text) else check_number(text)


def check_word_and_more(text: str) -> int:
    """Length of the text when it is a word with digits or signs, no address, file, version, hour or unit; groups of
    letters and digits with blanks between them are capitals."""
    value = text.rstrip(STOPS)
    if not 4 <= len(value) <= LONGEST or (" " in value and value != value.upper()):
        return 0
    if _ADDRESS.match(value) or _names_a_system(value) or _OF_ARTICLES.fullmatch(value):
        return 0
    return len(value) if _CODE.fullmatch(value) or shape_of(value) is not Shape.NONE else 0


def check_words(text: str) -> int:
    """Length of the text when it is long enough to keep a secret."""
    return len(text) if 4 <= len(text) <= LONGEST_PHRASE else 0


def check_combination(text: str) -> int:
    """Length of the text when it is no date."""
    return len(text) if shape_of(text) in {Shape.STRONG, Shape.NUMERIC} else 0


def _typed(text: str) -> int:
    length = check_typed(text)
    value = text[:length]
    if not 7 <= length <= LONGEST or not any(map(str.isdigit, value)) or shape_of(value) is Shape.CODED:
        return 0
    return 0 if _names_a_thing(value) else length


def _names_a_thing(value: str) -> bool:
    """Whether an office or a machine names its things so."""
    return bool(
        _names_a_system(value)
        or _OF_REFERENCES.fullmatch(value)
        or _OF_PROGRAMS.fullmatch(value)
        or _OF_TECHNOLOGY.fullmatch(value)
    )


def _names_a_system(value: str) -> bool:
    return not _SYSTEMS.isdisjoint(re.split(r"[\W\d_]+", value.lower()))


def _is_joined(value: str) -> bool:
    pieces = _JOINTS.split(value)
    words = sum(len(piece) >= 3 and piece[:3].isalpha() for piece in pieces)
    numbers = re.findall(r"\d+", value)
    if not 2 <= len(pieces) <= 4 or not all(pieces) or not words or value.lower() == value:
        return False
    return words >= 2 or any(2 <= len(number) <= 4 for number in numbers)
