"""Values out of letters and registers, made harmless before they stand in a sentence."""

import unicodedata

_LONGEST = 80
_QUOTES = str.maketrans({"<": "‹", ">": "›"})


def clean(value: str, longest: int = _LONGEST) -> str:
    """One short line: no control, bidi or invisible characters, no angle brackets, at most `longest` characters.

    Categories C* hold the right-to-left marks and zero-width characters, Z* the odd spaces; combining marks are kept to
    one a letter, so that no pile of them covers the line above.
    """
    kept: list[str] = []
    marks = 0
    for ch in value[: longest * 4]:
        category = unicodedata.category(ch)
        marks = marks + 1 if category[0] == "M" else 0
        if category[0] == "Z" or ch in "\t\r\n":
            kept.append(" ")
        elif category[0] != "C" and marks < 3:
            kept.append(ch)
    text = " ".join("".join(kept).split()).translate(_QUOTES)
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def clean_address(address: str) -> str:
    """An address; beside one with other than ASCII letters its punycode, because look-alikes are read there."""
    shown = clean(address)
    if shown.isascii():
        return shown
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode() if domain else ""
    except UnicodeError:
        ascii_domain = ""
    escaped = clean(local).encode("ascii", "backslashreplace").decode()
    return f"{shown} ({clean(f'{escaped}@{ascii_domain}')})" if ascii_domain else shown
