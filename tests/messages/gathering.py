"""Every text of the desk that is shown to people, and the places where it stands."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from mailguard.desk.language.catalogue import DOMAIN, LOCALE
from mailguard.desk.language.choice import LANGUAGES
from tests.messages.clauses import clauses

ROOT = Path(__file__).parents[2]
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")
"""English stands in the sources."""

_METHODS = [("mailguard/desk/templates/**.html", "jinja2"), ("mailguard/**.py", "python")]
_OPTIONS = {"mailguard/desk/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
_KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    # Their texts are written for the person whose form was not accepted.
    "BadDecision": None,
    "CannotAsk": None,
    "CannotCorrect": None,
    "AttentionNeeded": None,
    "ChangedMeanwhile": None,
    "BadFact": (2,),
}


def gather() -> Catalog:
    """A catalogue of the sources' texts with their places, in the order of the alphabet."""
    found = Catalog(domain=DOMAIN, project="mailguard", charset="utf-8", fuzzy=False)
    extracted = extract_from_dir(
        ROOT, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS, directory_filter=_is_ours
    )
    for file, line, text, comments, context in extracted:
        found.add(text, None, [(file, line)], auto_comments=comments, context=context)
    for file, line, text in clauses():
        found.add(text, None, [(file, line)])
    return found


def catalogue_file(language: str) -> Path:
    """Where a language's texts are kept."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(language: str) -> Catalog:
    """A language's texts; an empty catalogue where there is no file yet."""
    file = catalogue_file(language)
    if not file.is_file():
        return Catalog(locale=language, domain=DOMAIN)
    with file.open("rb") as lines:
        return read_po(lines, locale=language, domain=DOMAIN)


def lacking(wanted: Catalog, language: str) -> Iterator[tuple[str, str]]:
    """Text and places of what a language lacks: not there, empty, or without one of its plural forms."""
    have = read_catalogue(language)
    for message in wanted:
        if not message.id:
            continue
        known = have.get(message.id, message.context)
        string = known.string if known is not None else ""
        forms = string if isinstance(string, tuple | list) else (string,)
        right_number = len(forms) == have.num_plurals if message.pluralizable else True
        if known is None or known.fuzzy or not all(forms) or not right_number:
            text = message.id if isinstance(message.id, str) else " / ".join(message.id)
            yield text, ", ".join(f"{file}:{line}" for file, line in message.locations)


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "_")) and Path(folder).name not in {"tests", "rules", "deploy"}
