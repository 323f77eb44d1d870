"""Validators that a rule can name.

Each takes the text matched and gives the length of the valid value at its start, or 0.
"""

from collections.abc import Callable

from mailguard.detect.bank import check_iban
from mailguard.detect.cards import check_card
from mailguard.detect.identity_documents import check_document, check_polish_card
from mailguard.detect.made_up import (
    check_combination,
    check_keyed,
    check_made_up,
    check_number,
    check_number_or_year,
    check_odd,
    check_word_and_more,
    check_word_and_number,
    check_words,
)
from mailguard.detect.national_ids import NATIONAL_CHECKS
from mailguard.detect.tokens import check_key_body, check_lone_key, check_random
from mailguard.detect.typed import check_answer, check_keypad, check_keypad_short, check_login_word, check_typed
from mailguard.detect.urls import check_credential, check_special, check_strong

CHECKS: dict[str, Callable[[str], int]] = {
    "iban": check_iban,
    "card": check_card,
    "document": check_document,
    "pl.id_card": check_polish_card,
    "random": check_random,
    "credential": check_credential,
    "strong": check_strong,
    "special": check_special,
    "key_body": check_key_body,
    "lone_key": check_lone_key,
    "typed": check_typed,
    "keypad": check_keypad,
    "keypad_short": check_keypad_short,
    "answer": check_answer,
    "odd": check_odd,
    "made_up": check_made_up,
    "word_and_number": check_word_and_number,
    "keyed": check_keyed,
    "combination": check_combination,
    "number": check_number,
    "number_or_year": check_number_or_year,
    "word_and_more": check_word_and_more,
    "words": check_words,
    "login_word": check_login_word,
    **NATIONAL_CHECKS,
}
