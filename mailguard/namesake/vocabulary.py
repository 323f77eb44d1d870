"""The words of which a register's names are made, and which of them are nearly the same.

A million customers bear some 77,000 different words (measured with real name counts), so who has nearly a given name is
answered by the words that are near each of its two, and an exact look-up of their pairs. Off the path of a letter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from mailguard.namesake.nicknames import forms_of
from mailguard.namesake.resemblance import PROVIDERS, skeleton

_SHORTEST = 4
"""Letters of a word that may be one letter off: Ida and Ira are two names (as in `names.compare`)."""


class Vocabulary:
    """What the register audit needs to know of likeness."""

    providers: Collection[str] = frozenset(PROVIDERS)

    def near_names(self, words: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """For each folded word the others that are nearly the same; a word without any is left out."""
        return near_words(words)

    def look_alike(self, one: str, other: str) -> bool:
        """One slip apart, or drawn alike: what a hurried eye takes for one local part."""
        if min(len(one), len(other)) < _SHORTEST:
            return False
        return OSA.distance(one, other, score_cutoff=1) <= 1 or _drawn(one) == _drawn(other)


def near_words(words: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each word the others that are one letter off or a nickname of it, by a deletion index over all of them.

    Two words are one letter added, lost, changed or swapped apart only if they are equal after taking at most one
    letter out of each (a swap: the letters beside each other, one out of each).
    """
    known = set(words)
    index: defaultdict[str, list[str]] = defaultdict(list)
    for word in known:
        if len(word) >= _SHORTEST:
            for shorter in {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}:
                index[shorter].append(word)
    near: defaultdict[str, set[str]] = defaultdict(set)
    for candidates in index.values():
        for place, one in enumerate(candidates):
            for other in candidates[place + 1 :]:
                if OSA.distance(one, other, score_cutoff=1) <= 1:
                    near[one].add(other)
                    near[other].add(one)
    for word in known:
        if forms := (forms_of(word) & known) - {word}:
            near[word] |= forms
    return {word: frozenset(found) for word, found in near.items()}


def near_word(word: str, words: Sequence[str]) -> set[str]:
    """The same for one word, itself included where it is known: 10 ms over 77,000 words, and no index to keep."""
    found = {match[0] for match in process.extract(word, words, scorer=OSA.distance, score_cutoff=1, limit=None)}
    near = {other for other in found if other == word or min(len(other), len(word)) >= _SHORTEST}
    return near | forms_of(word)


def _drawn(local: str) -> str:
    # The skeleton is that of a whole address; here both are at one domain.
    return skeleton(f"{local}@x").replace(".", "").replace("_", "").replace("-", "")
