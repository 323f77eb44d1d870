"""Text of strangers on a page: shortened, isolated, and with nothing invisible in it.

Jinja escapes what is HTML. What is left are characters that change how *other* text is read: direction marks, controls,
zero-width characters, towers of accents (Unicode Technical Report 36, section 3). They are shown as their numbers.
"""

import re
import unicodedata

import idna
from markupsafe import Markup, escape

from mailguard.core.address import domain_ascii
from mailguard.desk.language.catalogue import ngettext
from mailguard.desk.letter.lookalikes import deceiving_letters
from mailguard.namesake.resemblance import drawn_like

SHORT = 200
"""Characters of a name or subject that a page shows."""
_LONGEST_ADDRESS = 320
_MOST_ACCENTS = 2
_HONEST_INVISIBLE = frozenset("\u200c\u200d\u00ad\ufeff")
"""Joiners of emoji and Persian, soft hyphen, byte order mark: noise in a letter's text, suspicious in a name."""
_ADDRESS = re.compile(r"([^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,253})")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by category that show nothing."""


def line(text: str | None, limit: int = SHORT) -> Markup:
    """One line of foreign text, harmless wherever it stands: `<bdi>` keeps its direction to itself."""
    text = text or ""
    return Markup("<bdi>{}{}</bdi>").format(_visible(text[:limit], honest=frozenset()), _rest(len(text) - limit))


def block(text: str) -> Markup:
    """Several lines of foreign text; line breaks and tabs stay as they are."""
    return _visible(text, honest=_HONEST_INVISIBLE | frozenset("\n\r\t"))


def address(text: str) -> Markup:
    """A mail address with every character that is not ASCII marked, and its other spelling beside it."""
    local, at, domain = text[:_LONGEST_ADDRESS].rpartition("@")
    shown = Markup('<bdi class="address">{}<wbr>{}{}{}</bdi>').format(
        _marked(local), at, _marked(domain), _rest(len(text) - _LONGEST_ADDRESS)
    )
    other = _other_spelling(local, domain)
    return shown + Markup(' <bdi class="wire">{}</bdi>').format(other) if other else shown


def person(text: str | None, limit: int = SHORT) -> Markup:
    """A name as somebody has written it, on one line, with every letter marked that is taken for another."""
    text = text or ""
    shown, deceiving = text[:limit], deceiving_letters(text[:limit])
    if not deceiving:
        return line(text, limit)
    pieces: list[Markup] = []
    start = 0
    for at in sorted(deceiving):
        pieces += (_visible(shown[start:at], honest=frozenset()), _foreign(shown[at]))
        start = at + 1
    pieces.append(_visible(shown[start:], honest=frozenset()))
    return Markup("<bdi>{}{}</bdi>").format(Markup("").join(pieces), _rest(len(text) - limit))


def mask_address(text: str) -> str:
    """`maria.korhonen@mail.example` -> `m•••n@mail.example`: tells two addresses apart, and nobody can write to it."""
    local, at, domain = text.rpartition("@")
    tail = local[-1] if len(local) > 3 else ""
    return f"{local[:1]}•••{tail}{at}{domain}"


def is_odd(ch: str) -> bool:
    """Whether a character is invisible, a control, half a character, or turns the direction of its neighbours."""
    return ch in _BLANK_LETTERS or unicodedata.category(ch) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _visible(text: str, *, honest: frozenset[str]) -> Markup:
    if text.isascii() and text.isprintable():
        return escape(text)
    # An address in running text is where look-alike letters deceive; elsewhere letters of all scripts are just letters.
    pieces = _ADDRESS.split(text)
    return Markup("").join(
        _marked(piece) if index % 2 and not piece.isascii() else _plain(piece, honest)
        for index, piece in enumerate(pieces)
    )


def _plain(text: str, honest: frozenset[str]) -> Markup:
    out: list[Markup] = []
    start = accents = 0
    for index, ch in enumerate(text):
        accents = accents + 1 if unicodedata.combining(ch) else 0
        if accents > _MOST_ACCENTS or (ch not in honest and is_odd(ch)):
            out += (escape(text[start:index]), _numbered(ch))
            start = index + 1
    out.append(escape(text[start:]))
    return Markup("").join(out)


def _marked(text: str) -> Markup:
    out: list[Markup] = []
    for ch in text:
        if ch.isascii() and ch.isprintable():
            out.append(escape(ch))
        elif is_odd(ch) or unicodedata.combining(ch):
            out.append(_numbered(ch))
        else:
            out.append(_foreign(ch))
    return Markup("").join(out)


def _foreign(ch: str) -> Markup:
    if (plain := drawn_like(ch)) is None:
        return Markup('<mark class="foreign" title="{}">{}</mark>').format(_name(ch), ch)
    # The sign needs no translation, and the name of a character has none.
    return Markup('<mark class="foreign deceiving" title="{} ≈ {}">{}</mark>').format(_name(ch), plain, ch)


def _other_spelling(local: str, domain: str) -> Markup | None:
    if not (local + domain).isascii():
        return escape(f"{_in_ascii(local)}@{_in_ascii(domain_ascii(domain))}")
    if "xn--" not in domain.lower():
        return None
    try:
        return Markup("{}@{}").format(local, _marked(idna.decode(domain)))
    except (idna.IDNAError, UnicodeError):
        return None


def _in_ascii(text: str) -> str:
    return "".join(ch if ch.isascii() and not is_odd(ch) else f"[U+{ord(ch):04X}]" for ch in text)


def _numbered(ch: str) -> Markup:
    return Markup('<span class="odd" title="{}">U+{}</span>').format(_name(ch), f"{ord(ch):04X}")


def _name(ch: str) -> str:
    return f"{unicodedata.name(ch, 'CHARACTER WITHOUT A NAME')} (U+{ord(ch):04X})"


def _rest(more: int) -> Markup:
    if more <= 0:
        return Markup("")
    told = ngettext("%(num)s more character", "%(num)s more characters", more) % {"num": more}
    return Markup('<span class="rest">… {}</span>').format(told)
