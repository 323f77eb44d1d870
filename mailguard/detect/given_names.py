"""Given names of six languages' countries: they tell Oliver Stamm, Kirchring 8, from Hotel Stamm, Kirchring 8."""

import re
from functools import cache
from importlib import resources

_TITLED = re.compile(
    rb"(?:mrs?|ms|miss|dr|herrn?|frau|fr|fru|hr|dhr|mevr|mw|mevrouw|meneer|fam|family|familie|pani?|pana|panstwo|rouva"
    rb"|herra|rva)\.? "
)
_PLACE = re.compile(
    rb"\b(?:\w*(?:hotel|cafe|kafe|restaurant|restaurang|konditori|bageri|handel|service|technik|techniek|teknik|transport"
    rb"|kauppa|kahvila|ravintola|kioski|koulu|huolto|palvelu|rakennus|skola|schule|school|apotheke|backerei|metzgerei"
    rb"|baustoffe|bedarf|bau|entsorgung|slagerij|bakkerij|winkel|bouw|bygg)|parturi|kampaamo|apteekki|apotek(?:et)?"
    rb"|leipomo|pizzeria|bistro|baari|butik\w*|salong?|krog|hos|vardcentral|restauracja|sklep|apteka|piekarnia|przychodnia"
    rb"|szkola|kawiarnia|hurtownia|uslugi|zaklad|apotheek|kapper|praktijk|gasthof|friseur|praxis|laden|bar|pub|inn|shop"
    rb"|store|bank|salon|garage|clinic|surgery|church|library|cent(?:er|re)|stores|supplies|builders|brothers|galerie"
    rb"|haus|villa|brf|forskol\w*|liceum|\w*kirche|\w*kerk|krankenhaus|\w*praktijk|works|house|parts|motors|roofing"
    rb"|installaties|camping|chez|auto|meble|tmi|k-market|market|frisor|kliniek|klinik|objekt|hotell?|queen|king"
    rb"|stichting|saint|sankt|st\.|swiete(?:go|j))\b"
)
"""A place that is named after somebody."""
_INITIALS = re.compile(rb"(?:\A| )[a-z]\.")
_WORD = re.compile(rb"[a-z]{3,}")


def sounds_personal(name: bytes) -> bool:
    """Whether a folded name of several words has a title, an initial or a given name: a firm's seldom has."""
    if _PLACE.search(name):
        return False
    titled = _TITLED.match(name) or _INITIALS.search(name)
    return titled is not None or not _given_names().isdisjoint(_WORD.findall(name))


def without_title(name: bytes) -> bytes:
    """A folded name as others may write it: Mevr. Jansen is Mevrouw Jansen."""
    return _TITLED.sub(b"", name)


@cache
def _given_names() -> frozenset[bytes]:
    # Of the Faker package, by `make given-names`; a folded name of three letters or more each.
    return frozenset((resources.files("mailguard.detect") / "given_names.txt").read_bytes().split())
