"""Words of names that are nearly the same, by index and by scan: the same answer, and none is missed."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from mailguard.namesake.nicknames import are_nicknames
from mailguard.namesake.vocabulary import Vocabulary, near_word, near_words

_WORDS = st.lists(st.text("abcd", min_size=1, max_size=7), max_size=40)


@given(_WORDS)
def test_no_near_word_is_missed(words: list[str]) -> None:
    """For any words the index finds exactly the pairs that comparing each with each finds."""
    near = near_words(words)
    for one in set(words):
        expected = {
            other
            for other in set(words) - {one}
            if (min(len(one), len(other)) >= 4 and OSA.distance(one, other) <= 1) or are_nicknames(one, other)
        }
        assert near.get(one, frozenset()) == expected


@given(_WORDS, st.text("abcd", min_size=1, max_size=7))
def test_scan_and_index_agree(words: list[str], word: str) -> None:
    """One word looked for among all is answered as by the index over them."""
    near = near_words({*words, word}).get(word, frozenset())
    assert near_word(word, sorted(set(words) | {word})) == near | {word}


def test_nicknames_are_near() -> None:
    """Kasia is near Katarzyna, and not near Tomasz."""
    near = near_words(["katarzyna", "kasia", "tomasz", "ida", "ira"])
    assert near == {"katarzyna": frozenset({"kasia"}), "kasia": frozenset({"katarzyna"})}


def test_local_parts_taken_for_each_other() -> None:
    """A slip, another separator, a digit for a letter; never two short ones."""
    look_alike = Vocabulary().look_alike
    assert look_alike("matti.virtanen", "matti_virtanen")
    assert look_alike("matti.virtanen", "matti.virtamen")
    assert look_alike("matti.virtanen", "matti.virtanen2")
    assert look_alike("m-virtanen", "mvlrtanen")
    assert not look_alike("matti.virtanen", "maija.virtanen")
    assert not look_alike("abc", "abd")
