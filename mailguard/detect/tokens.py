"""Keys made by machines: what tells a random token from a word, a name or a constant."""

import re
from math import log2

_BODY = re.compile(r"[A-Za-z0-9+/=]{24,}")


def check_random(text: str) -> int:
    """Length of the text when it looks drawn by lot: letters and digits mixed, at least 3 bits a character."""
    if not any(character.isdigit() for character in text) or not any(character.isalpha() for character in text):
        return 0
    counts = [text.count(character) for character in set(text)]
    entropy = -sum(count / len(text) * log2(count / len(text)) for count in counts)
    return len(text) if entropy >= 3 else 0


def check_key_body(text: str) -> int:
    """Length of the text when base64 follows the armour: the bare words in a manual open nothing."""
    return len(text) if _BODY.search(text) else 0


_SHOWN_TO_ALL = re.compile(
    r"[/-].*|.*//.*|.*\.[a-z]{2,}/.*|pk_(?:live|test)_.*|[0-9a-f]{40}|[0-9a-f]{56,}|0x.*|[A-Z0-9_.-]+|.*\.[a-z]{1,4}"
)
"""Paths, options, digests, constants, files, and the keys that a shop's pages carry."""
_WORD = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{4,}|(?:^|[_-])[A-Za-z]{2,3}(?=[_-]|$)")


def check_lone_key(text: str) -> int:
    """The same, for what is no digest, tracking number, file or path, no words joined, and no key that pages show."""
    worded = sum(map(len, _WORD.findall(text)))
    return 0 if worded > 0.4 * len(text) or _SHOWN_TO_ALL.fullmatch(text) else check_random(text)
