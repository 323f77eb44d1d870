"""Given names of six languages' countries: they tell Oliver Stamm, Kirchring 8, from Hotel Stamm, Kirchring 8."""

import re
from functools import cache
from importlib import resources

_TITLED = re.compile(
    rb"(?:mrs?|ms|miss|dr|herrn?|frau|fr|fru|hr|dhr|mevr|mw|mevrouw|meneer|fam|family|familie|pani?|pana|panstwo|rouva"
    rb"|herra|rva)\.? "
)
_PLACE = re.compile(
    rb"\b(?:\w*(?:hotel|cafe|restaurant|kauppa|kahvila|ravintola|kioski|koulu|skola|schule|school|apotheke|backerei"
    rb"|metzgerei|slagerij|bakkerij|winkel)|ravintola|parturi|kampaamo|apteekki|apotek(?:et)?|butik\w*|salong?|krog"
    rb"|vardcentral|restauracja|sklep|apteka|piekarnia|przychodnia|szkola|kawiarnia|apotheek|kapper|praktijk|gasthof"
    rb"|friseur|praxis|laden|bar|pub|inn|shop|store|bank|salon|garage|clinic|surgery|church|library|center|centre|galerie"
    rb"|stichting|saint|sankt|st\.|swietego|swietej)\b"
)
"""A place that is named after somebody."""
_INITIALS = re.compile(rb"(?:\A| )[a-z]\.")
_WORD = re.compile(rb"[a-z]{3,}")


def sounds_personal(name: bytes) -> bool:
    """Whether a folded name of several words has a title, an initial or a given name: a firm's seldom has."""
    if _TITLED.match(name) or _INITIALS.search(name):
        return True
    return not _PLACE.search(name) and not _given_names().isdisjoint(_WORD.findall(name))


@cache
def _given_names() -> frozenset[bytes]:
    # Of the Faker package, by `make given-names`; a folded name of three letters or more each.
    return frozenset((resources.files("mailguard.detect") / "given_names.txt").read_bytes().split())
