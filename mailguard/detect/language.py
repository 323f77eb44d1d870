"""In which of the six languages a letter is written, by its small words. For counting; nothing is decided by it."""

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 4000
"""Characters that are looked at; the first lines of a letter say it as well as all."""
_LEAST = 3
_SMALL_WORDS = {
    "en": "the and you your is are for with that have has this our was will we to of please from not",
    "fi": "ja on ei että olet teidän sinun tai ovat kun tämä voit olemme kanssa hei sekä jos mutta joka ole niin",
    "sv": "och att är för det inte du din ditt med som har vi kan på av till om detta er den ett en",
    "pl": "i w na z nie się jest do że pan pani dla oraz prosimy państwa dzień dobry są lub przez od po",
    "nl": "de het een en van is niet u uw voor met dat op zijn wij we bij ook aan om te naar",
    "de": "der die das und ist nicht sie ihr ihre für mit ein eine wir auf den dem bei zu im von haben",
}
_LANGUAGES: dict[str, tuple[str, ...]] = {
    word: tuple(language for language, words in _SMALL_WORDS.items() if word in words.split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
}


def guess_language(text: str) -> str:
    """`en`, `fi`, `sv`, `pl`, `nl` or `de`; empty where few of their words stand, or no language is ahead."""
    hits: Counter[str] = Counter()
    for word in _WORD.findall(text[:_LONGEST].casefold()):
        hits.update(_LANGUAGES.get(word, ()))
    (first, most), (_, next_most) = (*hits.most_common(2), ("", 0), ("", 0))[:2]
    return first if most >= _LEAST and most > next_most else ""
