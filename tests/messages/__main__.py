"""`python -m tests.messages` brings the catalogues up to date; `--missing [LANGUAGE]...` prints what they lack."""

import sys
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from tests.messages.gathering import TRANSLATED, catalogue_file, gather, lacking, read_catalogue


def update() -> None:
    """Take new texts into every catalogue and the ones that are gone out; no guessing of translations."""
    wanted = gather()
    for language in TRANSLATED:
        have = read_catalogue(language)
        have.update(wanted, no_fuzzy_matching=True, update_header_comment=False, keep_user_comments=True)
        have.obsolete.clear()
        file = catalogue_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_head(have) + _body(have))
        print(f"{language}: {len(have)} texts, {sum(1 for _ in lacking(wanted, language))} lacking")


def _head(catalogue: Catalog) -> bytes:
    # Babel's own head has the time of the run in it: every run would be a change.
    rule = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr};"
    lines = (f"Language: {catalogue.locale}", f"Plural-Forms: {rule}", "Content-Type: text/plain; charset=utf-8")
    return ('msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n").encode()


def _body(catalogue: Catalog) -> bytes:
    out = BytesIO()
    # Without line numbers a change of the sources does not touch every line of five files.
    write_po(out, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=True)
    return out.getvalue()


def report(languages: tuple[str, ...]) -> int:
    """Print what is lacking, with its places; 1 if anything is."""
    wanted = gather()
    found = 0
    for language in languages:
        for text, places in lacking(wanted, language):
            found += 1
            print(f"{language}\t{text!r}\t{places}")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--missing"]:
        sys.exit(report(tuple(sys.argv[2:]) or TRANSLATED))
    update()
