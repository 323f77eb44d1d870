"""The same letter set otherwise: what it says does not change, so the verdict may not."""

from collections.abc import Callable
from html import escape
from typing import Any

Fields = dict[str, Any]


def _html(words: str) -> Callable[[Fields], Fields]:
    def reshape(fields: Fields) -> Fields:
        lines = [words.join(escape(word) for word in line.split(" ")) for line in fields["text"].split("\n")]
        html = "<div><span>" + "</span><br><span>".join(lines) + "</span></div>"
        return {name: value for name, value in fields.items() if name != "text"} | {"html": html}

    return reshape


def _lines(before: str, between: str = "\n") -> Callable[[Fields], Fields]:
    def reshape(fields: Fields) -> Fields:
        return fields | {"text": between.join(before + line for line in fields["text"].split("\n"))}

    return reshape


def _replaced(old: str, new: str) -> Callable[[Fields], Fields]:
    return lambda fields: fields | {"text": fields["text"].replace(old, new)}


RESHAPINGS: dict[str, Callable[[Fields], Fields]] = {
    "HTML": _html(" "),
    "every word in a span": _html("</span> <span>"),
    "quoted": _lines("> "),
    "indented": _lines("        "),
    "double spaced": _lines("", "\n\n"),
    "no-break spaces": _replaced(" ", "\u00a0"),
    "tabs behind colons": _replaced(": ", ":\t"),
}
"""Of cases that have a `text` and no `html`."""
