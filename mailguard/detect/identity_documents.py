"""Passports and identity cards: known by their label, and by check digits where the state prints them."""

_POLISH_WEIGHTS = (7, 3, 1, 9, 7, 3, 1, 7, 3)


def check_document(text: str) -> int:
    """Length of the text when it can be a document number: 6 to 14 letters and digits, at least four of them digits."""
    compact = [character for character in text if character not in " -"]
    digits = sum(character.isdigit() for character in compact)
    if not 6 <= len(compact) <= 14 or digits < 4 or len(set(compact)) < 3:
        return 0
    return len(text)


def check_polish_card(text: str) -> int:
    """Length of the text when it is a Polish identity card number: three letters, a check digit, five digits."""
    compact = "".join(character for character in text.upper() if character not in " -")
    if len(compact) != 9 or not compact[:3].isalpha() or not compact[3:].isdigit():
        return 0
    values = [ord(character) - 55 if character.isalpha() else int(character) for character in compact]
    total = sum(weight * value for weight, value in zip(_POLISH_WEIGHTS, values, strict=True))
    return len(text) if total % 10 == 0 else 0
