"""Texts that rooms below the desk have made and keep in English, values and all, in the visitor's language.

Whoever wrote one filled its template; here it is found again by its words, and filled in the other language.
"""

import re
from functools import cache

from mailguard.core.marking import N_
from mailguard.customers.auditing.wording import TEMPLATES
from mailguard.desk.language.catalogue import gettext

_CLAUSES = (
    N_("a Content field is longer than %(value)s characters"),
    N_("a field of the PDF file has more than %(value)s choices"),
    N_("a header section has more than %(value)s fields"),
    N_("a header section is larger than %(value)s octets"),
    N_("a page of the PDF file has more than %(value)s notes"),
    N_("it is nested more than %(value)s deep"),
    N_("page %(value)s of the PDF file is broken"),
    N_("reading the message failed (%(value)s)"),
    N_("the PDF file has more than %(value)s files in it"),
    N_("the PDF file has more than %(value)s pages"),
    N_("the archive has more than %(value)s members"),
    N_("the attachment has more than %(value)s streams"),
    N_("the attachment is a broken %(value)s file"),
    N_("the message has more than %(value)s body parts"),
    N_("the message has more than %(value)s parts"),
    N_("the message has more than %(value)s pictures to be read"),
    N_("the message is larger than %(value)s octets"),
    N_("the sheet has more than %(value)s rows"),
    N_("the text holds more than %(value)s encoded files"),
)
"""Of `core.part.Trouble`, those with a value; tests/messages reads all of them out of the sources."""
_PLACE = re.compile(r"%\((\w+)\)s")


def say_made(text: str) -> str:
    """The text in the visitor's language; itself where nobody has translated it."""
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return gettext(template) % found.groupdict()
    return gettext(text)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((template, re.compile(_pattern(template))) for template in (*_CLAUSES, *TEMPLATES))


def _pattern(template: str) -> str:
    pieces = _PLACE.split(template)
    return "".join(f"(?P<{piece}>.+?)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
