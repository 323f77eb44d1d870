"""Values that somebody made up, or a machine drew: told by their shape alone, without a label beside them."""

import re

from mailguard.detect.shapes import Shape, shape_of
from mailguard.detect.typed import check_typed

_SPECIAL_INSIDE = re.compile(r"[^\W_][!#$%&*=?^~§][^\W_]|[^\W_][!#$%*?^~§]{1,3}$")
_DIGITS_INSIDE = re.compile(r"[^\W\d_]{2,}\d{1,4}[^\W\d_]{2,}|[a-z]\d[A-Za-z]*\d[A-Z]|[a-z]\d[A-Z]\w*\d")
_WORDS_AND_NUMBER = re.compile(
    r"[^\W\d_]{3,16}[.\-_/+][^\W\d_]{3,16}[.\-_/+]?\d{2,4}|[^\W\d_]{3,16}[.\-_/+]\d{2,4}[.\-_/+][^\W\d_]{2,16}"
    r"|[^\W\d_]{3,16}[.\-_/+]\d{2,4}[^\W\d_]{1,4}"
)
_NOT_MADE_UP = re.compile(
    r"[A-Z]{2,}[-_/]?\w*|.*[A-Z]{3,}[-_/]\d.*|[a-z]+\d*(?:-[a-z]+\d*)+|[a-z]{1,3}[-_.].*|.*[-_.][a-z]{1,2}"
    r"|[a-z_.]+=.*|[A-Za-z]+#\d+|(?i:.*(?:pbkdf2|md[45]|sha\d|base64|utf\d|log4j|mp[34]|x509|oauth2|ipv[46]|h26[45]|k8s|i18n|l10n|ec2|http2|\d(?:go|you|all|day)).*)"
)
_SYSTEMS = frozenset(
    "srv server host vpn wlan lan router user kunde client abt room raum sal version build rev release mail web portal app"
    " invoice order report lasku raportti faktura rapport raport zamowienie factuur bestelling rechnung auftrag bericht"
    " section chapter part page file test demo sample player shell office windows".split()
)
"""First words of names that things are given by a system: machines, documents, programs."""


def check_made_up(text: str) -> int:
    """Length of the text when it has a sign, digits or capitals where neither words, names nor references have them."""
    length = check_typed(text)
    value = text[:length]
    if not 7 <= length <= 24 or shape_of(value) is not Shape.VERY_STRONG or not any(map(str.isdigit, value)):
        return 0
    if any(piece in _SYSTEMS for piece in re.split(r"[\W\d_]+", value.lower())) or _NOT_MADE_UP.fullmatch(value):
        return 0
    odd = _SPECIAL_INSIDE.search(value) or _DIGITS_INSIDE.search(value) or _WORDS_AND_NUMBER.fullmatch(value)
    return length if odd else 0
