"""Clauses about what of a letter could not be read: written where letters are read, translated at the desk."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

_ROOMS = ("mailguard/message/**/*.py", "mailguard/cases/judge.py")
_CALLS = {"unreadable": 1, "trouble": 2, "Trouble": 2, "BudgetSpent": 0, "ExtractionFailed": 0}
"""Names of functions, and which of their arguments is the clause."""
_NAMES = frozenset({"odd", "over_budget", "_OVERFULL"})
"""Fields and variables that hold one until it is noted."""


def clauses() -> Iterator[tuple[str, int, str]]:
    """File, line and text of each; a value in a text is `%(value)s`."""
    for pattern in _ROOMS:
        for file in sorted(ROOT.glob(pattern)):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                for place in _places(node):
                    for line, text in _texts(place):
                        yield str(file.relative_to(ROOT)), line, text


def _places(node: ast.AST) -> Iterator[ast.expr]:
    """Where a clause stands, or is chosen out of two."""
    if isinstance(node, ast.Assign) and any(_name(target) in _NAMES for target in node.targets):
        yield node.value
    if isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg in _NAMES)
        which = _CALLS.get(_name(node.func))
        if which is not None and len(node.args) > which:
            yield node.args[which]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "append" and _name(node.func.value) in _NAMES:
            yield from node.args


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _texts(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr):
        pieces = (str(one.value) if isinstance(one, ast.Constant) else "%(value)s" for one in node.values)
        yield node.lineno, "".join(pieces)
