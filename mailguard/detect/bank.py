"""Bank account numbers: IBAN (ISO 13616) with check digits and the length of its country."""

from stdnum import iban

_BLANKS = " -.\u00a0\u202f"


def check_iban(text: str) -> int:
    """Length of the IBAN that the text begins with, blanks included; 0 when there is none.

    What follows an IBAN (`... 00 BIC NDEAFIHH`) may look like more of it, so every length is tried, the longest first.
    """
    compact = [(index, character) for index, character in enumerate(text) if character not in _BLANKS][:34]
    for count in range(len(compact), 14, -1):
        end = compact[count - 1][0] + 1
        if end < len(text) and text[end].isalnum():
            continue
        if iban.is_valid("".join(character for _, character in compact[:count]), check_country=False):
            return end
    return 0
