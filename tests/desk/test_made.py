"""What rooms below the desk have written in English is said in the reader's language, values and all."""

from collections.abc import Callable
from itertools import count

import pytest

from mailguard.customers.auditing.domains import undeliverable
from mailguard.customers.auditing.wording import TEMPLATES
from mailguard.desk.language import made
from mailguard.desk.language.made import say_made
from tests.messages.clauses import clauses
from tests.messages.gathering import TRANSLATED

PLACE = "%(value)s"
NOWHERE = "jan@host jan@h_st.example jan@host.9 jan@host.local jan@www.x.example noreply@host.example".split()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_clause_of_the_readers_is_translated(language: str, speaking: Callable[[str], None]) -> None:
    """Each that the sources write, with a value in its place: none is left in English."""
    speaking(language)
    texts = {text for _, _, text in clauses()}
    assert len(texts) > 60
    for text in texts:
        said = say_made(text.replace(PLACE, "4711"))
        assert said != text.replace(PLACE, "4711")
        assert said.count("4711") == text.count(PLACE)


def test_every_clause_with_a_value_is_known_by_its_words() -> None:
    """One that is not would be found by another's words, if at all, and keep a word of English beside its number."""
    assert sorted(made._CLAUSES) == sorted({text for _, _, text in clauses() if PLACE in text})


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_finding_of_the_audit_is_translated(language: str, speaking: Callable[[str], None]) -> None:
    """With numbers and domains in their places, each where it belongs; and why no mail can arrive."""
    speaking(language)
    for template in TEMPLATES:
        numbers = count(1001)
        values = {name: str(next(numbers)) for name in made._PLACE.findall(template)}
        said = say_made(template % values)
        assert said != template % values
        assert all(value in said for value in values.values())
    for address in NOWHERE:
        assert undeliverable(address)
        assert say_made(undeliverable(address)) != undeliverable(address)


def test_a_text_that_nobody_translated_is_shown(speaking: Callable[[str], None]) -> None:
    """Such as one of a newer version."""
    speaking("pl")
    assert say_made("the attachment sings") == "the attachment sings"
