"""Text of strangers made fit for a cell of a spreadsheet."""

from mailguard.core.one_line import one_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, wide forms included (OWASP, CSV injection)."""


def safe_cell(text: str, limit: int = 254) -> str:
    """A cell that no spreadsheet takes for a formula, whatever a stranger put into an address."""
    line = one_line(text, limit)
    return f"'{line}" if text.lstrip(" \u00a0").startswith(_FORMULA) or line.startswith(_FORMULA) else line
