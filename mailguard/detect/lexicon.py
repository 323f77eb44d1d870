"""The words of all packs in the form in which the scoring asks for them."""

from typing import Any

from mailguard.detect.pack import Shared, Words
from mailguard.detect.pattern import any_of, compile_pattern

WEIGHTS = {
    "separator": 3.0, "separator_below": 2.0, "copula": 2.0, "copula_below": 2.0, "weak_copula": 1.0, "adjacent": 1.0,
    "adjacent_digits": 2.0, "gapped": 1.5, "below": 1.0, "anaphora": 1.0, "naming": 1.0, "answer": 1.5,
    "is_label": 2.0, "column": 4.0, "pair": 2.0, "nearby": 0.0, "nearby_back": -10.0,
    "aligned": 3.0, "element": 5.0, "attribute": 2.0, "stacked": 4.0, "argument": 3.0,
    "very_strong": 4.0, "strong": 3.0, "coded": 1.0, "numeric": 2.0, "joined": 1.0, "plain": 0.0, "phrase": 0.0,
    "alone": 1.0, "stop": 0.5, "clause": 1.0, "quoted": 2.0, "lead": 1.0, "title": 1.0, "bundle": 1.0, "weak": 3.0,
    "prose": -3.0, "long_gap": -1.0, "year": -2.0,
}  # fmt: skip
"""Weights of links, shapes and circumstances, where the packs' `shared.weights` give no other."""


class Lexicon:
    """Word lists and weights, ready for look-up."""

    def __init__(self, words: dict[str, Words], shared: Shared) -> None:
        self.words = words
        self.weights = {**WEIGHTS, **shared.weights}
        listed = " ".join((*shared.not_value, *(entry for each in words.values() for entry in each.not_value)))
        self.function = frozenset(" ".join(entry for each in words.values() for entry in each.function).split())
        self.not_value = frozenset(listed.split()) | self.function
        self.weak = frozenset(" ".join(shared.weak).split())
        self.places = shared.places
        self.one_language_copula = frozenset(shared.one_language_copula)
        self.names: Any = compile_pattern(any_of(shared.names))
        self.unit: Any = compile_pattern(rf"[ ]?{any_of(shared.units)}(?:[^a-z0-9]|\z)")
        several = any_of(entry for each in words.values() for entry in each.several)
        self.several: Any = compile_pattern(rf"{several}\z")
        self.meant_for: Any = compile_pattern(rf"\b{any_of(shared.meant_for)}[ ]{{1,2}}\z")
        self.ledger: Any = compile_pattern(rf"{any_of(shared.ledger)}\z")
        self.conference: Any = compile_pattern(any_of(shared.conference))
        self.conference_numbers: Any = compile_pattern(any_of(shared.conference_numbers))
        self.voicemail: Any = compile_pattern(any_of(shared.voicemail))
        accounts = any_of(entry for each in words.values() for entry in each.account)
        self.account: Any = compile_pattern(accounts, longest=True)
        self.account_value: Any = compile_pattern(
            rf"\b{accounts}[ ]?(?:(?:[:=|\t]|[ ]-[ ]|[ ]is[ ])[ \t]{{0,8}}[^\s:]{{2}}"
            r"|:?[ ]?\n{1,2}[ \t>*]{0,8}[^\s:]{2,40}[ ]?(?:\n|\z))"
            rf"|(?:\A|\n)[ \t>*-]{{0,8}}{accounts} [^\s:,.;?!]{{2,40}}[ ]?\n"
            rf"|\b{accounts} [^\s:/,.;?!]{{2,40}}, "
        )
        self.account_before: Any = compile_pattern(
            rf"\b{accounts}[ ]?(?:[/&+,|-]|and|och|ja|i|en|und|sekä)?[ ]?\z".replace("ä", "a")
        )
        self.login: Any = compile_pattern(
            rf"\b{accounts}[ ]?(?:[:=|\t]|[ ]-[ ]|[ ](?:is|on|ar|to|ist)[ ])[ \t]{{0,8}}[^\s:]{{2}}"
            rf"|\b{accounts} [^\s,;:/]{{3,40}},?[ ]?(?:[/,]|and |ja |och |i |en |und )"
        )
        self.customer_number: Any = compile_pattern(
            rf"\b{any_of(shared.customer_number)}[^\n0-9]{{0,16}}[a-z]{{0,4}}-?[0-9]{{4}}"
        )
        self.setting: Any = compile_pattern(rf"\A(?:[a-z0-9]+[_.-])*{any_of(shared.settings)}[_.-]")
        self.lead: Any = compile_pattern(rf"\b{any_of(entry for each in words.values() for entry in each.lead)}\b")

    def is_ordinary(self, word: str) -> bool:
        """Whether a folded word says something about a secret instead of being one."""
        return word.strip("-'\"") in self.not_value

    def is_remark(self, words: str) -> bool:
        """Whether folded words say something about a secret: `expired`, `sent by post`, `in the letter`."""
        first, *rest = words.split()
        if self.is_ordinary(first) and first not in self.function:
            return True
        return all(map(self.is_ordinary, (first, *rest)))
