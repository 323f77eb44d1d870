"""The matrix itself."""

from pathlib import Path

from tests.faults.matrix import ANY, POSTGRESQL, SQLITE


def test_every_row_is_a_test() -> None:
    """No row is only a promise."""
    texts = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py")]
    for name in (*SQLITE, *POSTGRESQL, *ANY):
        assert any(f'"{name}"' in text for text in texts), name
