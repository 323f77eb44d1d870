"""The words that a case is found by: folded, whole, and never too many."""

from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.words import LONGEST_WORD, words_in, words_of_case


def test_words_are_folded() -> None:
    """Letters and digits, without case and compatibility forms; what stands between them parts them."""
    assert words_in("Ärende FI-1001, ÅKE Öhman <ake.ohman@post.example>") == [
        "ärende", "fi", "1001", "åke", "öhman", "ake", "ohman", "post", "example",
    ]  # fmt: skip
    assert words_in("straße ﬁnd １２") == ["strasse", "find", "12"]
    assert words_in("•••• \0 -- ") == []


@given(st.text(), st.text(max_size=20))
def test_whatever_is_written_is_found_by_its_words(text: str, more: str) -> None:
    """For any text: each of its words is among those of the case, short enough, and without anything odd."""
    found = words_of_case([text, more], ["namesake"], ["credential.pin"], most=10_000)
    assert set(words_in(text)) <= set(found)
    assert {"reason:namesake", "rule:credential.pin"} <= set(found)
    for word in found:
        word.encode()
        assert "\0" not in word
        assert len(word) <= 2 * LONGEST_WORD


def test_there_is_an_end_to_words() -> None:
    """A message to thousands does not fill the index: reasons and rules come first."""
    many = (f"reader{number}@post.example" for number in range(5000))
    found = words_of_case(many, ["namesake"], [])
    assert len(found) == 300
    assert "reason:namesake" in found
