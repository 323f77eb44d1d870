"""People told in sentences, one behind the other: `Tyler Brandt (acct 300417) says ... Inez Fuentes, 300522, lost ...`.

Whoever writes of a customer names him and what finds him; of three it is a list, however it is told. Little may stand
between the two: `Anna Berg went to Mill Lane 3` says where somebody works, and not who lives there.
"""

from collections.abc import Iterator

from mailguard.detect.fold import fold
from mailguard.detect.given_names import sounds_personal, without_title
from mailguard.detect.page import Page
from mailguard.detect.pattern import Pattern, compile_pattern
from mailguard.detect.personal_details import FEWEST, FINDS, NAME, STREET, is_name

_NUMBER = compile_pattern(r"[,(] ?(?:(?:nr|no|acct|account|id)\.? ?|#)?[0-9]{6,8}\b", captures=False)
"""A number right behind the name; a ticket's too, unless one of these people has another that is called his."""
_BETWEEN = (
    r"(?:lives?|living|who|joka|som|die|wie|der|ktor[ya]|asuu|bor|mieszka|zamieszkal[ya]|woont|wohnt|wohnhaft|zam\."
    r"|of|at|in|on|op|aan|pa|w|przy|auf|osoitteessa|osoite|adress?e?|address|acct|account|huurder|kund(?:e|in)?"
    r"|klient(?:ka)?|klant|asiakas|customer|tenant|hyresgast|nr|no|number|numero|nummer|numerze?|is|ar|with|med|o|mit|met)"
)
_BEHIND = compile_pattern(
    rf"[a-z~'-]{{2,30}}(?:[\"' ]{{0,2}}[,(:-][\s,(\"'-]{{0,3}}(?:{_BETWEEN}[.:]?\s){{0,3}}"
    rf"|\s(?:{_BETWEEN}[.:]?\s){{0,3}}|)\z",
    captures=False,
)
"""The last word of a name, and what may stand between it and what finds him."""
_LETTERS = b"abcdefghijklmnopqrstuvwxyz~'-"
_NAME = compile_pattern(rf"{NAME}\z", exact=True)
_LONGEST = 90
"""Characters of a name with what stands behind it."""
_WRAPPED = 50
"""Characters of a line that a mail program may have broken; a shorter one with a name is that of a signature."""
_ROAD = compile_pattern(
    r"\b(?:road|street|lane|avenue|close|drive|park|way|court|crescent|terrace|gardens|mews|grove|hill|square|gata|gatan"
    r"|vag|vagen|gate|plats|tie|katu|puisto|straat|weg|laan|plein|strasse|platz|allee)\z",
    captures=False,
)


def people_in_prose(page: Page) -> Iterator[bytes]:
    """The folded names of three or more people whom a text tells with what finds each; nothing for fewer."""
    names = dict(_named_before(page, FINDS))
    if names:
        names |= dict(_named_before(page, _NUMBER))
    if len(names) >= FEWEST and sum(map(sounds_personal, names.values())) * 2 >= len(names):
        yield from names


def _named_before(page: Page, pattern: Pattern) -> Iterator[tuple[bytes, bytes]]:
    """The last two words of each name, which words before it may seem to be part of, and all of it."""
    for start, _ in pattern.spans(page.plain):
        name = _name_before(page, start)
        if name is not None:
            yield b" ".join(without_title(name).split()[-2:]), name


def _name_before(page: Page, at: int) -> bytes | None:
    """The folded name in front of what finds somebody; None where there is none, or something else between."""
    begin = max(0, at - _LONGEST)
    behind = _BEHIND.search(page.plain[begin:at])  # cut out: what ends at \z is not found before the end of a text
    if behind is None or not page.text[begin + behind.start()].isupper():
        return None
    between = behind[0].lstrip(_LETTERS)
    if not between.strip() and STREET.match(page.plain, at):
        return None  # Karl Gustavs gata 12
    end = at - len(between)
    line = page.plain.rfind(b"\n", 0, end) + 1
    if b"\n" in between and end - line < _WRAPPED:
        return None
    found = _NAME.search(page.text[max(begin, line) : end].encode("utf-8", "replace"))
    if found is None:
        return None
    name = fold(found[0].decode("utf-8", "replace")).plain
    return name if is_name(name) and not _ROAD.search(name) else None
