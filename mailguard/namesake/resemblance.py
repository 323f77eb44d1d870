"""When one address looks like another, or like a name: what a hurried eye, a slip of the finger or a forger makes."""

import re
import unicodedata

import idna
from rapidfuzz.distance import OSA

from mailguard.core.address import canonical
from mailguard.core.customer import Customer
from mailguard.customers.keys import fold
from mailguard.namesake.names import names_of
from mailguard.namesake.nicknames import forms_of

PROVIDERS = (
    "gmail.com googlemail.com hotmail.com outlook.com live.com icloud.com yahoo.com protonmail.com proton.me msn.com "
    "aol.com gmx.de gmx.net web.de t-online.de freenet.de wp.pl onet.pl o2.pl interia.pl ziggo.nl kpnmail.nl planet.nl "
    "xs4all.nl telia.com bredband.net spray.se elisanet.fi kolumbus.fi luukku.com saunalahti.fi suomi24.fi"
).split()
"""Mailbox providers of many customers in the six languages' countries; the register tells which count here."""

# Letters of other scripts that are drawn like Latin ones, after Unicode Technical Standard 39, table `confusables`.
_DRAWN_ALIKE = {
    ord(pair[0]): pair[1]
    for pair in (
        "аa сc еe оo рp хx уy іi јj ѕs ԁd һh ӏl кk мm тt вb нh гr пn ԛq ԝw αa οo εe ρp νv ιi κk τt υu χx ωw "
        "ɑa ɡg ıi łl øo đd ħh ʀr ɴn ʟl ʙb ɪi օo սu ոn հh զq ցg յj"
    ).split()
}
_DIGITS_ALIKE = str.maketrans("0135", "oles")
_SPLIT = re.compile(r"[._\-+]+")
_NUMBER = re.compile(r"\d+")


def is_near_domain(one: str, other: str) -> bool:
    """One slip apart: a letter added, lost, changed or swapped (gmial.com), or another ending (gmail.con, gmail.fi)."""
    if one == other or not one or not other:
        return False
    name, _, ending = one.rpartition(".")
    other_name, _, other_ending = other.rpartition(".")
    if name == other_name:
        return True
    if min(len(name), len(other_name)) < 3:
        return False
    slips = OSA.distance(name, other_name, score_cutoff=1)
    return slips <= 1 and (ending == other_ending or OSA.distance(ending, other_ending, score_cutoff=1) <= 1)


def is_near_local(one: str, other: str) -> bool:
    """One or two slips apart in the part before the `@`; short ones must be nearer."""
    shortest = min(len(one), len(other))
    allowed = 2 if shortest >= 7 else 1 if shortest >= 3 else 0
    return 0 < OSA.distance(one, other, score_cutoff=allowed) <= allowed


def skeleton(address: str) -> str:
    """The address as it looks: letters drawn alike are one (Cyrillic а and Latin a, 0 and o, rn and m)."""
    local, _, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    labels = [_decoded(label) for label in domain.split(".")]
    drawn = f"{local}@{'.'.join(labels)}".translate(_DRAWN_ALIKE)
    plain = "".join(ch for ch in unicodedata.normalize("NFD", drawn) if not unicodedata.combining(ch))
    return plain.translate(_DIGITS_ALIKE).replace("rn", "m").replace("vv", "w").replace("i", "l")


def drawn_like(character: str) -> str | None:
    """The plain Latin letter or digit that a character of another script or face is drawn like; None for others."""
    if character.isascii():
        return None
    composed = unicodedata.normalize("NFKC", character)
    if composed.isascii() and composed.isalnum():
        return composed
    lowered = character.lower()
    plain = lowered.translate(_DRAWN_ALIKE) if len(lowered) == 1 else ""
    if len(plain) != 1 or not plain.isascii():
        return None
    return plain.upper() if lowered != character else plain


def is_disguised(address: str) -> bool:
    """Whether the part before the `@` is written with characters that only look like, or stand for, plainer ones.

    `ﬁ` for fi, `²` for 2, full-width letters: compared in their plain form (NFKC, Unicode Annex 15) two addresses are
    one, and a mail server may still have two mailboxes.
    """
    local = address.rpartition("@")[0]
    if local.isascii():
        return False
    composed = unicodedata.normalize("NFC", local)
    return composed.isascii() or composed != unicodedata.normalize("NFKC", local)


def spells_name(address: str, customer: Customer) -> bool:
    """Whether the part before the `@` spells the customer's full name: matti.virtanen77, mvirtanen, virtanen_m."""
    local = unicodedata.normalize("NFKC", address).rpartition("@")[0].translate(_DRAWN_ALIKE)
    words = [fold(word) for word in _SPLIT.split(_NUMBER.sub(".", local)) if word]
    words = [word for word in words if word]
    joined = "".join(words)
    return any(
        _spelled(words, joined, given, last)
        for name in names_of(customer)
        for first in {*name.given, "".join(name.given)}
        for given in forms_of(first)
        for last in {*name.last, "".join(name.last)}
    )


def _spelled(words: list[str], joined: str, given: str, last: str) -> bool:
    if len(last) < 2 or not given:
        return False
    if joined in (given + last, last + given):
        return True
    if last in words and (given in words or given[0] in words):
        return True
    # mvirtanen, virtanenm: a short last name with a letter before it is too many words.
    return len(last) >= 4 and joined in (given[0] + last, last + given[0])


def near_provider(domain: str) -> list[str]:
    """The well-known providers whose domain is one slip away."""
    return [] if domain in PROVIDERS else [provider for provider in PROVIDERS if is_near_domain(domain, provider)]


def split(address: str) -> tuple[str, str]:
    """Local part and domain of the canonical form."""
    local, _, domain = canonical(address).rpartition("@")
    return local, domain


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label
