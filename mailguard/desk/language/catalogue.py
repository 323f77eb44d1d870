"""The texts of the desk in the visitor's language, by gettext out of `locale/<language>/LC_MESSAGES/desk.po`.

English stands in templates and tables themselves. The files are read as they are, so nothing has to be compiled.
"""

import gettext as standard
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from mailguard.core.marking import N_ as N_
from mailguard.desk.language.choice import choice

LOCALE = Path(__file__).parents[1] / "locale"
DOMAIN = "desk"


def gettext(text: str) -> str:
    """The text in the visitor's language; itself where the catalogue lacks it."""
    # The empty id is the catalogue's head.
    return _catalogue(choice().language).gettext(text) if text else text


def ngettext(one: str, many: str, number: int) -> str:
    """The form for that number."""
    return _catalogue(choice().language).ngettext(one, many, number)


def pgettext(context: str, text: str) -> str:
    """The text as it is said in that context: one English word may be two elsewhere."""
    return _catalogue(choice().language).pgettext(context, text)


def npgettext(context: str, one: str, many: str, number: int) -> str:
    """Both."""
    return _catalogue(choice().language).npgettext(context, one, many, number)


def told(error: Exception) -> str:
    """The sentence of an error that was written for people, in the visitor's language."""
    text, values = getattr(error, "text", None) or str(error), getattr(error, "values", None)
    return gettext(text) % values if values else gettext(text)


@cache
def _catalogue(language: str) -> standard.NullTranslations:
    file = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.is_file():
        return standard.NullTranslations()
    with file.open("rb") as lines:
        read = read_po(lines, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return standard.GNUTranslations(compiled)
