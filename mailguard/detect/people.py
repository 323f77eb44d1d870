"""How many people a message is about: distinct data subjects by strong ids and by rows of tables."""

from collections.abc import Sequence

from mailguard.core.finding import Finding, FindingKind
from mailguard.core.part import Letter, PartRole
from mailguard.detect.bracketed_people import bracketed_people
from mailguard.detect.listed_people import listed_people
from mailguard.detect.own_accounts import own_accounts
from mailguard.detect.page import Page
from mailguard.detect.pattern import any_of, compile_pattern
from mailguard.detect.people_in_prose import people_in_prose
from mailguard.detect.personal_details import FEWEST
from mailguard.detect.quiet import Quiet
from mailguard.detect.tables import Table, find_tables

_NAMES = any_of(
    (
        r"(?:full |customer |client |contact |employee |tenant )?names?",
        r"(?:first|last|given|family|sur)[- _]?names?|customer|patient|person|member|tenant",
        r"(?:etu|suku|asiakkaan |koko)?-?nimi|nimet|asiakas|asukas|henkilo|potilas",
        r"(?:for|efter|kund)?-?namn|kund",
        r"imie|nazwisko|imie i nazwisko|nazwisko i imie|klient|pacjent",
        r"(?:voor|achter|klant)?-?naam|klant",
        r"(?:vor|nach|kunden|familien)?-?name|kunde|mieter",
        r"resident|participant|guest|pupil|student|mitglied|teilnehmer(?:in)?|bewohner|abnehmer|schuler",
        r"jasen|osallistuja|oppilas|medlem|deltagare|boende|elev|lid|deelnemer|bewoner|leerling",
        r"uczestnik|lokator|mieszkaniec|abonent|czlonek|uczen",
    )
)
_BIRTHS = any_of(
    (
        r"dob|date of birth|birth ?-?date|birthday|born|synt(?:yma)?\.?-?(?:aika|paiva)|fodelse(?:datum|dag)|fodd",
        r"data urodzenia|ur\.|geb\.?(?:oorte)?-?(?:datum|dag)?|geburts(?:datum|tag)",
    )
)
_NAME, _BIRTH = compile_pattern(_NAMES), compile_pattern(_BIRTHS)
_HEADING = compile_pattern(rf"""(?m)(?:^|[\t;|,]|  )[ "'*:\r\t>]*(?:{_NAMES}|{_BIRTHS})[ "'*:\r\t]*(?:[\t;|,]|  |$)""")
"""What a heading for names or birth dates looks like in a line. Looked for first: a text without one has no table that
counts, and cutting a letter of 43 kB into tables takes a millisecond."""
_DETAIL = compile_pattern(
    any_of(
        (
            r"(?:street |home |postal |e-?mail )?address(?:es)?|street|e-?mail",
            r"(?:katu|koti|posti|sahkoposti)?osoite|sahkoposti|(?:gatu|hem|e-?post)?adress|e-?post",
            r"adres|ulica|straat|strasse|str\.?|anschrift|adresse|(?:abnahme|liefer|verbrauchs)stelle",
            _BIRTHS,
            r"(?:customer|client|account|member)[- _]?(?:no|number|id|nr)\.?|asiakas-?(?:numero|nro|nr)\.?",
            r"(?:kund(?:en)?|klant|lid|medlems|mitglieds)-?(?:nummer|nr)\.?|(?:kd|mitgl)\.?-?nr\.?|jasen-?(?:numero|nro)",
            r"(?:nume?r|nr) (?:klienta|abonenta|czlonkowski)",
            r"(?:mobile |tele)?phone(?: ?-?(?:number|no)\.?)?|mobile|tel\.?|puh(?:elin)?(?:numero)?\.?|gsm",
            r"telefon(?:nummer)?|mobil(?:nummer)?|telefoon(?:nummer)?",
            r"iban|account|tilinumero|tili|kontonummer|konto|rekening(?:nummer)?",
            r"hetu|henkilotunnus|personn(?:umme)?r\.?|pesel|bsn|ssn",
        )
    )
)
_STRONG = frozenset({FindingKind.NATIONAL_ID, FindingKind.IDENTITY_DOCUMENT})


def count_people(letter: Letter, findings: Sequence[Finding], quiet: Quiet | None = None) -> int:
    """Distinct data subjects (GDPR, Art. 4(1)) that the letter carries data of.

    The greatest of three counts, since one person may be seen by all of them: distinct national ids, distinct IBANs
    (a company's own count once), and people who are told of: in rows of a table with a name and at least one detail
    (address, birth date, customer number, telephone, account), in a list without headings, in brackets or in sentences
    that tell something private. Signatures, recipient lists and quoted headers are in neither and do not count. Parts
    that are known to be `quiet` are not looked through again.
    """
    ids = {_compact(finding) for finding in findings if finding.kind in _STRONG}
    return max(len(ids), _count_accounts(letter, findings), _count_rows(letter, quiet or Quiet.nothing()))


def _count_accounts(letter: Letter, findings: Sequence[Finding]) -> int:
    """Distinct IBANs; those in the letter's small print, wherever else they stand, are one company's."""
    found = [finding for finding in findings if finding.kind is FindingKind.IBAN]
    accounts = {_compact(finding) for finding in found}
    if len(accounts) < 2:
        return len(accounts)
    company: set[str] = set()
    for part in letter.parts:
        placed = sorted(((each.start, each.end), _compact(each)) for each in found if each.part == part.path)
        if len(placed) > 1:
            own = own_accounts(Page(part).plain, [span for span, _ in placed])
            company.update(account for span, account in placed if span in own)
    return len(accounts - company) + bool(company)


def _compact(finding: Finding) -> str:
    return "".join(character for character in finding.value.reveal().upper() if character.isalnum())


def _count_rows(letter: Letter, quiet: Quiet) -> int:
    """Distinct persons in the rows of all tables and lists of bodies and attachments."""
    people: set[bytes] = set()
    for part in letter.parts:
        if part.role not in {PartRole.BODY, PartRole.ATTACHMENT} or "#table" in part.path:
            continue
        told = quiet.people_in(part)
        if told is None:
            told = _told_in(Page(part))
            quiet.lists(part, told)
        people |= told
    return len(people)


def _told_in(page: Page) -> frozenset[bytes]:
    told: frozenset[bytes] = frozenset()
    for telling in (_tabled_people, listed_people, bracketed_people, people_in_prose):
        # A row of a table hides no list below it.
        told = max(told, frozenset(telling(page)), key=len)
        if len(told) >= FEWEST:
            break
    return told


def _tabled_people(page: Page) -> set[bytes]:
    if not _HEADING.search(page.plain):
        return set()
    return {person for table in find_tables(page) for person in _people_of(page.plain, table)}


def _people_of(plain: bytes, table: Table) -> set[bytes]:
    headings = [plain[start:end].strip(b" :*") for start, end in table.cells(plain, 0)]
    names = [column for column, heading in enumerate(headings) if _NAME.fullmatch(heading)]
    details = [column for column, heading in enumerate(headings) if _DETAIL.fullmatch(heading) and column not in names]
    if not names and any(_BIRTH.fullmatch(headings[column]) for column in details):
        # Whatever stands above them ("Kto", "Wer"), who have birth dates are people, and they are named first.
        names = [column for column in range(len(headings)) if column not in details][:1]
    if not names or not details:
        return set()
    people = set()
    for cells in table.rows(plain):
        if len(cells) <= max(*names, *details):
            continue
        name = b" ".join(plain[slice(*cells[column])] for column in names).strip()
        told = b"\0".join(plain[slice(*cells[column])] for column in details)
        if len(name) > 1 and told.strip(b"\0 -"):
            people.add(name + b"\0" + told)
    return people
