"""The grammar, put together: whatever a secret is for may stand between its label and it, in all six languages."""

from itertools import product
from pathlib import Path
from zlib import crc32

import pytest
import yaml

from tests.detect.conftest import Kinds

PHRASES = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
SECRETS = {"words": ("sunshine12", "Kestrel-41"), "numbers": ("4417", "48213")}
SHARE = 8
"""One sentence in so many is asked: always the same ones, of every combination of two parts some."""


def sentences(language: str, labels: str, values: tuple[str, ...]) -> list[str]:
    """All that the parts give with these values in turn."""
    parts = PHRASES[language]
    whole = []
    for begin, label, purpose, follows in product(parts["begin"], parts[labels], parts["purpose"], parts["follows"]):
        frame = " ".join(filter(None, (begin, label, purpose))) + follows
        if (number := crc32(frame.encode())) % SHARE == 0:
            whole.append(frame.format(value=values[number // SHARE % len(values)]) + ".")
    return whole


@pytest.mark.parametrize("labels", SECRETS)
@pytest.mark.parametrize("language", PHRASES)
def test_a_secret_is_found_whatever_it_is_for(kinds: Kinds, language: str, labels: str) -> None:
    """At least 97 sentences in 100."""
    told = sentences(language, labels, SECRETS[labels])
    assert len(told) > 80
    missed = [text for text in told if not kinds(f"Hei,\n\n{text}\n\nTerveisin\nSanna")]
    assert len(missed) <= 0.03 * len(told), missed


@pytest.mark.parametrize("labels", SECRETS)
@pytest.mark.parametrize("language", PHRASES)
def test_what_is_said_about_a_secret_is_none(kinds: Kinds, language: str, labels: str) -> None:
    """That it is expired, in the letter or twelve characters long holds no letter."""
    told = sentences(language, labels, tuple(PHRASES[language]["passed"]))
    held = [text for text in told if kinds(f"Hei,\n\n{text}\n\nTerveisin\nSanna")]
    assert not held
