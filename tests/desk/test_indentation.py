"""What the desk takes out of its templates is white space that no reader sees."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from mailguard.desk.indentation import Unindented
from mailguard.desk.pages import TEMPLATES

_FILES = sorted(TEMPLATES.rglob("*.html"))
_TAGS = {"variable_begin", "variable_end", "block_begin", "block_end"}


def _pieces(file: Path, *extensions: type[Unindented]) -> list[tuple[str, str]]:
    """Kind and text of everything in the template, as Jinja reads it."""
    read = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n", *extensions])
    source = read.preprocess(file.read_text(encoding="utf-8"))
    return [(kind, text) for _, kind, text in read.lex(source) if kind not in {"whitespace", *_TAGS}]


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_nothing_but_runs_of_white_space_grows_shorter(file: Path) -> None:
    """Every tag, name and text is as it was, and white space is where it was: a browser shows the same."""
    before, after = _shown(_pieces(file)), _shown(_pieces(file, Unindented))
    assert after == before


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_where_every_space_counts_there_is_no_indentation(file: Path) -> None:
    """Elements that show each space have no line break of the template's own, and no text goes over two lines."""
    source = file.read_text(encoding="utf-8")
    for inside in re.findall(r"<(?:pre|textarea)\b.*?</(?:pre|textarea)>", source, re.DOTALL):
        assert "\n" not in inside
    assert not [text for kind, text in _pieces(file) if kind == "string" and "\n" in text]


def _shown(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(kind, re.sub(r"\s+", " ", text) if kind == "data" else text) for kind, text in pieces]
