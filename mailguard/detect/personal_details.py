"""People in letters: what may be the name of one, and what they keep to themselves.

That is health, pay and debts; birth date, home, telephone, customer number.
"""

import re

from mailguard.detect.fold import fold
from mailguard.detect.pattern import Pattern, any_of, compile_pattern

FEWEST = 3
"""People that make a list."""
FULL = 2
"""Of birth date, home, telephone and customer number: so many find somebody."""
_PARTICLES = "de|den|der|van|von|zu|af|av|al|el|la|le|ter|ten|di|du|'t"
_JOINTS = "&|and|und|och|ja|en|et|i"
_BETWEEN = rf"(?: {{1,3}}(?:{_PARTICLES}|{_JOINTS}))*"
"""Between the words of a name or of a couple's, without a capital."""
_TITLE = (
    r"(?:Mrs?|Ms|Miss|Dr|Herrn?|Frau|Fr|Hr|[Ff]ru|[Hh]err|[Dd]hr|[Mm]evr|[Mm]w|[Mm]evrouw|[Mm]eneer|[Ff]am(?:il(?:y|ie))?"
    r"|[Pp]an(?:i|a|ią|stwo)?|[Rr]ouva|[Hh]erra|[Rr]va)\.?"
)
_WORD = r"\p{Lu}[\pL'’-]*\.?"
NAME = (
    rf"(?:{_TITLE} {{1,3}}(?:(?:{_JOINTS}) {{1,3}}{_TITLE} {{1,3}})?{_WORD}(?:{_BETWEEN} {{1,3}}{_WORD}){{0,3}}"
    rf"|{_WORD},?(?:{_BETWEEN} {{1,3}}{_WORD}){{1,3}})"
)
"""A name of two words or more, or of one behind a title; for text as it stands."""

_NO_NAME = compile_pattern(
    r"\b(?:"
    r"names?|nimi|namn|naam|imie|nazwisko|dates?|datum|data|paiva\w*|birth|born|address|adress|adresse?n?|osoite|anschrift"
    r"|number|nummer|numero|numer|no|nr|phone|tel|telefon\w*|puhelin\w*|mobile|mail|e-?mail|street|city|town|country"
    r"|salar\w+|palkka|lon|gehalt|wynagrodzenie|leave|loma|status|reason|type|department|team|manager|employer|contact"
    r"|details|notes?|total|amount|bonus|pay|period|account|customer|employee|patient|doctor|diagnos\w*|medication"
    r"|allerg\w+|health|insurance|policy|start|end|from|subject|sent|version|section|chapter|annex|table|figure|page"
    r"|oyj?|ab|as|gmbh|ag|kg|bv|nv|ltd|inc|llc|plc|s\.?a|ry|hotel|project|projekt|team|sp"
    r"|the|an?|of|for|and|our|your|if|when|please|this|that|in|on|at|to|with"
    r")\b",
    captures=False,
)
"""Words of a form's labels, of headings and of sentences, which begin with capitals too."""
_INITIAL = re.compile(rb"\b[a-z]\.|(?<= )[a-z](?= )")
_PRIVATE = any_of(
    (
        r"allerg\w*|\w*allergi\w*|asth?ma\w*|diabet\w*|epilep\w*|dement\w*|keliak\w*|coeliac|celiak\w*|lactose",
        r"cancer|kanker|syopa\w*|adhd|autis\w*|depress\w*|burn-?out|psychosomat\w*|therap(?:y|ie)|disab\w+",
        r"medication|sick(?:ness)? (?:leave|days?|note)|maternity leave|parental leave|pregnan\w*|wheelchair",
        r"walking frame|diagnos\w*|laktoosi\w*|sairaus\w*|sairaana|aitiysloma\w*|raskaana|vammai\w*|laakity\w*",
        r"sjukskriv\w*|sjukfranvaro|sjuk|vab|rehab\w*|lakarintyg|foraldraledig\w*|gravid|rullstol",
        r"zwolnieni\w+ lekarski\w+|chorobow\w+|niepelnosprawn\w+|ciaz[ay]|niedosluch\w*|daltoni\w*|okulist\w+",
        r"laryngolog\w*|ziek(?:gemeld|teverlof)?|arbeidsongeschikt|zwanger\w*|rolstoel|medicijn\w*",
        r"krank(?:geschrieben|meldung|enstand)?|au-tage|reha|wiedereingliederung|schwanger\w*|schwerbehind\w*",
        r"inhal(?:er|ator\w*)|epi-?pen|heart failure|hartfalen|hartpatient\w*|herzkrank\w*|sydanvika\w*",
        r"cukrzyc\w*|cukrzyk\w*|padaczk\w*|uczulon\w*|chorob[ay]|sokerita\w*|zuckerkrank\w*|suikerziek\w*|overgevoelig\w*",
        r"rollstuhl|salar(?:y|is)|pay rise|rise to|improvement plan|formal warning|arrears|bailiffs?|palkka\w*",
        r"ulosot\w*|maksuhairio\w*|loneforhoj\w*|kronofogd\w*|betalningsanmark\w*|komornik\w*|komornicz\w*",
        r"wynagrodz\w*|nagana|mnd achter\w*|achterstand\w*|deurwaarder|schuldhulp\w*|gehalt|pfandung\w*|ruckstand",
        r"gerichtsvollzieher|abmahnung|au (?:bis|seit|ab)|l4 (?:do|od)",
    )
)
_BORN = (
    r"\b[0-3]?\d[./-][01]?\d[./-](?:19\d\d|20[01]\d|202[0-4])\b|\b(?:19\d\d|20[01]\d)[.-][01]\d[.-][0-3]\d\b"
    r"|\b(?:born|b|s|synt|f|fodd|ur|geb|dob)[.:]? ?(?:[0-3]?\d[./-])?(?:[01]?\d[./-])?(?:19|20)\d\d\b"
)
_STREET = (
    r"\b[a-z'-]{2,}(?:katu|tie|kuja|polku|raitti|gatan|gata|vagen|vag|grand|stigen|straat|weg|laan|haven|dijk|plein"
    r"|strasse|str\.|allee|platz|gasse|damm|ufer|kade|gracht|singel|dreef|torget?|kaari|ranta|rinne|ring|kamp|deich|steig"
    r"|stieg|chaussee|promenade|plantsoen|burgwal|backen|slingan|liden|tanhua|penger|vayla|kulma)\.? ?\d{1,4}[a-z]?\b"
    r"|\b(?:ul\.|ulica|al\.|os\.|pl\.) ?[a-z -]{2,30} \d"
    r"|\b(?:am|an der|auf dem|im|zum|zur) [a-z]{0,12}(?:deich|hang|berg|bach|wald|see|markt|park|graben|feld|anger"
    r"|bahnhof|platz|muhle|hof|weiher|garten|kamp|moor|grund|winkel) \d{1,3}[a-z]?\b"
    r"|\b\d{1,4}[a-z]? [a-z'-]+(?: [a-z'-]+)? (?:street|st|road|rd|lane|ln|avenue|ave|crescent|terrace|gardens"
    r"|mews|grove)\b|\bflat \d|\b[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b|, \d\d-\d{3} [a-z]{3}"
)
"""Street and number, a flat, or the postcode of a country where nothing else looks like one."""
_HOME = (
    rf"{_STREET}|\b[a-z'-]*(?:tie|vag|weg|pad|hof|piha|wal|leden|[a-z]v)\.? ?\d{{1,4}}[a-z]?\b"
    r"|\b[a-z]{3,20}(?:a|ego|ej|ow|ich) \d{1,3}[a-z]?(?:/\d{1,3}| m\. ?\d{1,3})\b"
    r"|\b\d{1,4}[a-z]? [a-z'-]+(?: [a-z'-]+)? (?:close|cl|drive|dr|way|court|ct|row|drift|hill|place|rise|view|park"
    r"|walk)\b"
)
"""What is also written of tablets, drawings, roads and what is on its way: it counts beside something else only."""
_PHONE = r"(?:\+|\b0)\d{1,4}[ /-]?\d{2,4}(?:[ /-]?\d{2,4}){1,3}\b|\b[4-8]\d\d[ -]\d{3}[ -]\d{3}\b"
_CUSTOMER = (
    r"\b(?:asiakas|jasen|kund(?:en)?|klant|lid|medlems?|mieter|mitglieds|customer|client|member(?:ship)?)"
    r" ?-?(?:numero|nro|nummer|number|num|nr|no|id)\.?[ :#]{0,3}[a-z]{0,3}-?\d{4}"
    r"|\b(?:asiakas|kund(?:e|in)?|klant|huurder|klient(?:ka)?|customer|acct|account) \d{5,9}\b"
    r"|\b(?:nr|numer) (?:klienta|czlonkowski|abonenta)[ :]{0,3}[a-z]{0,3}-?\d{4}|\bkd\.-?nr\.?[ :]{0,3}\d{4}"
)
_BIRTH = (
    r"(?:\*|\b(?:born(?: on)?|b|s|synt|f|fodd|ur|geb|geboren|dob)\b)[.:]? ?"
    r"\d{1,2}[./ -]{1,2}(?:\d{1,2}|[a-z]{3,12})[./ -]{1,2}(?:19|20)?\d\d\b"
)
_TRAITS = tuple(compile_pattern(trait, captures=False) for trait in (_BORN, _HOME, _PHONE, _CUSTOMER))
BORN, HOME = _TRAITS[:2]
BIRTH = compile_pattern(_BIRTH, captures=False)
"""A birth date that is called one."""
STREET = compile_pattern(_STREET, captures=False)
FINDING = (
    rf"{_BIRTH}|\b[0-3]?\d[./-][01]?\d[./-](?:19\d\d|200[0-6])\b|\b(?:19\d\d|200[0-6])[.-][01]\d[.-][0-3]\d\b"
    rf"|{_STREET}|{_CUSTOMER}"
)
"""What finds somebody without a second trait; a date of the last years is that of a delivery or a contract."""
FINDS = compile_pattern(FINDING, captures=False)
PRIVATE = compile_pattern(rf"\b{_PRIVATE}\b", captures=False)
"""Words of health (GDPR, Art. 9), pay and debts."""
TELLS = compile_pattern(rf"\b{_PRIVATE}\b|{_BORN}|{_HOME}|{_PHONE}|{_CUSTOMER}", captures=False)
"""What every list of private things has."""


def count_traits(plain: bytes) -> int:
    """How many of birth date, home, telephone and customer number a folded text tells."""
    return sum(trait.search(plain) is not None for trait in _TRAITS)


def read_person(pattern: Pattern, text: bytes, start: int, end: int) -> tuple[bytes, bytes] | None:
    """The pattern's name, and what is told of it, folded; None where its words with capitals are no name."""
    found = pattern.match(text, start, end)
    if found is None:
        return None
    name, told = (fold(found[group].decode("utf-8", "replace")).plain for group in (1, 2))
    return (name, told) if is_name(name) else None


def is_name(name: bytes) -> bool:
    """Whether folded words with capitals may be a name: no word of a form, of a heading or of a sentence is there."""
    # Those of `A. Bakkali` and `John A Smith` are no article.
    return _NO_NAME.search(_INITIAL.sub(b"", name)) is None
