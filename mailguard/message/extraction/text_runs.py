"""Runs of characters in binary octets, for documents whose format is not read: UTF-16 and 8-bit text."""

import re

_SHORTEST = 4
_WIDE = re.compile(rb"(?:[\x20-\x7e\x09\x0a\x0d\xa0-\xff][\x00-\x02]){4,}")
"""UTF-16 of Latin letters, Latin Extended-A and -B."""
_NARROW = re.compile(rb"[\x20-\x7e\x09\x0a\x0d\x80-\xff]{4,}")
_LETTERS = re.compile(r"\w", re.ASCII)


def find_runs(data: bytes) -> list[str]:
    """Texts of four characters and more, in the order of their places; most of a run must be letters and digits."""
    runs = [(match.start(), match.group().decode("utf-16-le", "replace")) for match in _WIDE.finditer(data)]
    runs += [(match.start(), match.group().decode("cp1252", "replace")) for match in _NARROW.finditer(data)]
    return [text for _, text in sorted(runs) if len(_LETTERS.findall(text)) >= 0.6 * len(text)]
