"""What is typed in where no label stands by: passwords and keypad codes, told apart from years, words, programs."""

import re

from mailguard.detect.fold import fold
from mailguard.detect.lookalikes import YEAR
from mailguard.detect.shapes import Shape, shape_of

_PROGRAM = re.compile(
    r"(?i)(?:ms-?)?(?:windows|win|office|word|excel|access|outlook|teams|acrobat|reader|adobe|pdf|chrome|firefox|edge"
    r"|winzip|winrar|7-?zip|libreoffice|photoshop"
    r"|ipad|iphone|android|ios|macos|ubuntu|bitlocker|veracrypt|v|version|versie|versio|wersja|release|build|draft"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october"
    r"|november|december|unicode|utf|annex|appendix|section|chapter|anlage|liite|bilaga|bijlage|post)"
    r"(?:v?\d[-_.\w]*|[-_.][-_.\w]*)?"
)
_REFERENCE = re.compile(
    r"[A-Z0-9#/_.-]+|\d[\d.,:/-]*[A-Za-z]{1,3}|[A-Za-z]{1,2}\d+|[a-z]{2}_[A-Z]{2}.*|[A-Z]?[a-z]{1,6}\d"
    r"|[a-z]+-?\d+(?:\.\d+)+|.*(?i:ctrl|shift|alt|strg|cmd)\+.*|[A-Za-z]{1,5}\d?_[a-z]+[A-Z]\w*"
)
"""Numbers of orders and rooms, vouchers in capitals, amounts with their unit, locales, a name and a digit,
packages with their version, keys pressed together, functions."""
_SAID_OF = frozenset(
    "below above attached enclosed separately provided given required needed unchanged same known sent only once again"
    " field fields reset login correctly first alla ylla ohessa erikseen kerran sama tunnettu nedan ovan separat"
    " bifogat samma nedanfor oforandrat ponizej powyzej osobno oddzielnie samo zmieniono podane wymagane hieronder"
    " hierboven bijgevoegd apart hetzelfde vereist ongewijzigd unten oben anbei separat getrennt gleich erforderlich"
    " that this very really simply just probably always never vain aina juuri bara alltid inte tylko zawsze gewoon"
    " altijd niet einfach immer nicht"
    " unverandert notig together individually zusammen kaksi yhdessa tillsammans razem samen"
    " expired changed forgotten unknown lost wrong missing policy protected locked invalid vanhentunut unohtunut"
    " vaihdettu vaara lukittu utgatt glomt andrat bytt okand fel wygaslo zapomniane zmienione bledne nieznane verlopen"
    " vergeten gewijzigd onjuist fout onbekend abgelaufen vergessen geandert falsch unbekannt gesperrt".split()
)
"""What is said of a password where its value could stand."""
STOPS = ".,;:!?)\"'*"
"""What ends a sentence or a quotation behind a value."""
_SIGN = re.compile(r"[\d!#$%&*+=?@^~]")
EMERGENCY = frozenset({"110", "112", "911", "999", "997", "998", "116"})
"""Fire brigade, police, ambulance: nobody's code."""


def check_typed(text: str) -> int:
    """Length of the text when it is shaped like a password, and neither a program nor a reference in capitals."""
    stripped = text.rstrip(STOPS)
    if shape_of(stripped) not in {Shape.STRONG, Shape.VERY_STRONG} or not _SIGN.search(stripped):
        return 0
    return 0 if _PROGRAM.fullmatch(stripped) or _REFERENCE.fullmatch(stripped) else len(stripped)


def check_keypad(text: str) -> int:
    """Length of the text when it is 4 to 8 digits that are no year; hash and star count as keys, not as digits."""
    digits = re.sub(r"\D", "", text)
    return len(text) if 4 <= len(digits) <= 8 and not YEAR.fullmatch(digits) else 0


def check_keypad_short(text: str) -> int:
    """The same, and codes of three digits but the numbers of fire brigade and police."""
    digits = re.sub(r"\D", "", text)
    return len(text) if len(digits) == 3 and digits not in EMERGENCY else check_keypad(text)


def check_answer(text: str) -> int:
    """Length of the text when it answers the question for a password, PIN or code."""
    stripped = text.rstrip(".,;:)\"'*")
    return len(stripped) if check_keypad(stripped) and re.fullmatch(r"[\d#* -]+", stripped) else check_typed(text)


def check_login_word(text: str) -> int:
    """Length of the text when it can be a password beside its user name: a plain word too, but not `below`."""
    stripped = text.rstrip(STOPS)
    shape = shape_of(stripped)
    if shape in {Shape.NONE, Shape.NUMERIC, Shape.PHRASE} or fold(stripped).plain.decode() in _SAID_OF:
        return 0
    return len(stripped)
