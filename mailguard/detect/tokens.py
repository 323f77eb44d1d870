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
