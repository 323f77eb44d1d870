"""The language of a letter, for counting."""

import pytest

from mailguard.detect.language import guess_language

LETTERS = {
    "en": "Dear customer, your order is on the way and will be with you tomorrow. Thank you for the order.",
    "fi": "Hei, tilauksesi on matkalla ja se on perillä huomenna. Voit seurata sitä, kun olet kirjautunut.",
    "sv": "Hej, din beställning är på väg och kommer i morgon. Vi tackar för att du har handlat hos oss.",
    "pl": "Dzień dobry, zamówienie jest w drodze i dotrze do Państwa jutro. Prosimy o kontakt w razie pytań.",
    "nl": "Goedendag, uw bestelling is onderweg en komt morgen aan. Wij danken u voor de bestelling bij ons.",
    "de": "Guten Tag, Ihre Bestellung ist auf dem Weg und kommt morgen an. Wir danken Ihnen für die Bestellung.",
}


@pytest.mark.parametrize("language", LETTERS)
def test_two_sentences_are_enough(language: str) -> None:
    """Each of the six languages is told from the others."""
    assert guess_language(LETTERS[language]) == language


@pytest.mark.parametrize("text", ["", "4711", "PIN 1234", "Order 17: 3 pcs", "と" * 5000])
def test_what_has_no_words_has_no_language(text: str) -> None:
    """Numbers, single words and other scripts are not guessed at."""
    assert guess_language(text) == ""
