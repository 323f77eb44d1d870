"""What a token can be instead of a secret: mask, placeholder, URL, address, file, date, amount, ticket, product.

Every pattern is tried on one value of at most 128 characters and has no nested repetition over the same letters.
"""

import re


def _any(words: str) -> str:
    return "|".join(words.split())


_LABELS = _any(
    "password passwd pass pwd secret token key pin code passwort kennwort wachtwoord salasana haslo hasło"
    " losenord lösenord"
)
_OWNERS = _any("your my the some new db dein ihr uw jouw ditt oma twoje")
_STANDINS = _any(
    "password passwd pwd pass passwort kennwort wachtwoord losenord lösenord placeholder redacted removed"
    " hidden none null"
    " nil undefined true false example changeit foobar foo bar n/a tbd tba xxx+"
)
_TOP_DOMAINS = _any(
    "com net org edu gov fi se pl nl de eu uk us dk no ee io be at ch fr it es info biz example local test"
    " cloud app dev"
)
_EXTENSIONS = _any(
    "pdf docx? xlsx? pptx? txt csv zip 7z rar gz tar tgz html? php aspx? jsp js ts css json ya?ml xml toml ini cfg conf"
    " jpe?g png gif svg py pyc c h cc cpp hpp java rb go rs sh bat ps1 exe msi dll so deb rpm eml msg p12 pfx"
    " pem key crt"
    " cer log md rst sql db kdbx mp3 mp4 wav"
)
_UNITS = _any(
    r"st nd rd th [a-z]{1,2} min mins days? hrs? sek pv kpl szt stk dni dagen tage? gb mb kb tb"
    r" [gmk]hz [km]wh mah dpi fps rpm [gmk]bit ohm x\d*"
)
_COUNTED = _any(
    r"bits? bytes? days? years? hours? weeks? months? digits? stellig\w* cyfrow\w* siffrig\w* cijferig\w* numeroi\w*"
)
_PRODUCTS = _any(
    "Windows Office Win Server Exchange Python Java Outlook iPhone iPad Galaxy Release Version Room Raum"
    " Sprint Teil Part"
    " Level Team Formula Web Covid"
)

MASK = re.compile(r"[*•●.xX#_\-?=~·∙■\s]{3,}|[*•●?]{1,}|([^\d])\1{3,}")
PLACEHOLDER = re.compile(
    r"[<\[{(«‹].*|.*[>\]}»›]|.*\$[{(].*|.*\{\{.*|%\w+%|\$[A-Z_]+|\$[a-z_]+|.*\(\)?|"
    rf"(?i:(?:{_OWNERS})[-_ ]?(?:\w+[-_ ])?(?:{_LABELS})(?:[-_ ]?here)?|{_STANDINS})"
)
URL = re.compile(r"(?i)(?:[a-z][a-z0-9+.-]*://|www\.|mailto:|javascript:|cid:|//).*")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
DOMAIN = re.compile(rf"(?i)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.(?:{_TOP_DOMAINS})(?:[/:].*)?")
FILE = re.compile(rf"(?i)[\w.()/-]+\.(?:{_EXTENSIONS})")
IP_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|(?:[0-9A-Fa-f]{1,4}:){3,}[0-9A-Fa-f:]*")
PATH = re.compile(r"(?:[~.]{0,2}/|[A-Za-z]:\\|\\\\)[\w.].*|[\w.-]+(?:/[\w.-]+){2,}/?")
CODE = re.compile(
    r"[A-Za-z_][\w.:>-]*[(\[](?!\w*[!#%^?]\w+$).*|.*\w::\w.*|[@$%][A-Za-z_]+|(?!(?!Max|Min|Time|Port|Size|Length|Laenge|Limit|Level|Count|Days|Expir)[A-Z][a-z]{3,11}=\d{2,4}$)[A-Za-z_]{3,}=.*|--?[A-Za-z][A-Za-z-]+|.*\\(?:&|f[BIR]|s[-+]?\d|\*\(|-).*|.*%(?:[-\d.]*[sdufFxA](?![A-Za-z]{2})|%?0A).*|\\\w+\{.*"
)
BRACKETED = re.compile(
    r"(?!(?i:sha|md|base|utf)\d)(?=[A-Za-z]*\d)(?=[A-Z\d]*[a-z])(?=[a-z\d]*[A-Z])[A-Za-z\d]{2,8}[(\[]"
    r"(?=[a-z]*[A-Z\d])[A-Za-z\d]{2,10}"
)
"""A generator's password with one opening bracket in it, as `Tq8(mzWp3`, which is no call of a function."""
REFERENCE = re.compile(
    r"(?i)(?:bug|pr|issue|closes|gh|bz|cve|fixes|lp|rt|sc|ref|case|ticket)[#:-]?\s?#?\d[\d-]*(?:,.*)?|#\d+"
)
VERSION = re.compile(
    r"v?\d+(?:\.\d+){2,}[-+~\w.]*|\d+\.\d+(?:-\d+)?"
    r"|[A-Za-z]+(?:\.[A-Za-z]+){2,}|[A-Za-z]{1,2}\.[A-Za-z]+|[A-Za-z]+\.[A-Za-z]{1,2}"
)
"""Numbers with dots, names with two dots, abbreviations; `blue.heron` may be a password (shapes.is_split)."""
OPTIONAL_PART = re.compile(r"\(?[^\W\d_]+-\)[^\W\d_]+")
"""`(Unter-)Schlüssel`, as German writes "key or subkey"; the bracket before it may be cut off."""
CLOCK = re.compile(r"(?i)\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:-\d{1,2}[:.]\d\d)?-?(?:uhr|uur|hrs?|h|am|pm|u|z|utc|gmt|cet)")
"""A time of day with its unit: `14:30Uhr`, `9.00am`."""

SOMETHING_ELSE = (
    CLOCK,
    VERSION,
    MASK,
    PLACEHOLDER,
    OPTIONAL_PART,
    URL,
    MAIL,
    DOMAIN,
    FILE,
    IP_ADDRESS,
    PATH,
    CODE,
    REFERENCE,
)
"""Whatever fits one of these is no secret."""

DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?|\d{1,2}[./]\d{1,2}\.?|\d{4}-\d\d-\d\dT?.*")
"""Written like a date; shapes.py looks at the calendar."""
YEAR = re.compile(r"(?:19|20)\d\d")
TIME = re.compile(r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?")
AMOUNT = re.compile(
    r"[€$£]?\d{1,3}(?:[.,\s]?\d{3})*[.,]\d{1,2}(?:[€$£%]|-)?|[€$£]\d.*|\d+[.,]?\d*[€$£%°]|\d+(?:[.,]\d+)+|\d+,-"
)
PHONE = re.compile(r"\+\d[\d\- ()]{6,}|0\d{1,3}[-/ ]\d{2,}[\d -]*")
NUMBER_OF_ANOTHER_KIND = (TIME, AMOUNT, PHONE)
"""Numbers that are no codes."""

UNIT = re.compile(rf"(?i)\d+(?:{_UNITS})|\d+-(?:{_COUNTED})|v\d[\w.]*|[a-z]{{1,2}}\d{{1,2}}|\d{{1,2}}x\d{{1,2}}")
TICKET = re.compile(
    r"[A-Z]{1,6}[-_ /]?\d{2,}(?:[-/]\d+)*|\d+[A-Z]{1,3}|[A-Z]{2,}\d+[A-Z]{0,3}|#\d+|[A-Z]{2,}(?:_[A-Z0-9]+)+"
)
PRODUCT = re.compile(rf"(?:{_PRODUCTS})-?\d+[a-zA-Z]{{0,2}}")
UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CODED = (TICKET, PRODUCT, UUID)
"""Letters and digits with a system in them."""
