"""Definitions: pieces of patterns with a name, written once in a pack and used in many rules as `%{name}`, as in grok.

A definition is one text or a list of alternatives. Within a pattern the alternatives stand joined by `|`, without a
group of their own; an entry of a list that is nothing but `%{name}` stands for all of them, one by one.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mailguard.core.errors import RulesError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_USE = re.compile(r"%\{([^{}]*)\}")
_KEYS = ("keywords", "labels", "pattern", "exact", "before_not", "after_not", "near", "not_near", "signs")
"""What is expanded; examples and descriptions are letters' text and stay as they are."""

LONGEST = 50_000
"""Characters of a pattern at most: definitions that use definitions could grow without end."""

DEEPEST = 8
"""Definitions within definitions at most."""


class Definitions:
    """The definitions of all packs; of two with one name the last counts, as with rules."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[str, ...]] = {}

    def add(self, file: Path, content: Any) -> None:
        """Take the definitions of a file. Raises RulesError where a name or a text is none."""
        given = content.get("definitions") if isinstance(content, dict) else None
        if given is not None and not isinstance(given, dict):
            raise RulesError(file, "definitions", "give names with their patterns: `door: ['front door', gate]`")
        for name, texts in (given or {}).items():
            listed = tuple(texts) if isinstance(texts, list) else (texts,)
            if not listed or not all(isinstance(text, str) and text for text in listed):
                raise RulesError(file, f"definitions.{name}", "give a text, or a list of texts")
            if not _NAME.fullmatch(str(name)):
                raise RulesError(file, f"definitions.{name}", "give a name of a-z, digits and _")
            self._given[name] = listed

    def expand(self, file: Path, content: Any) -> Any:
        """The same file with every `%{name}` of its rules replaced. Raises RulesError for a name without definition."""
        if not isinstance(content, dict) or not isinstance(content.get("rules"), list):
            return content
        return {**content, "rules": [self._expand_rule(file, rule) for rule in content["rules"]]}

    def _expand_rule(self, file: Path, rule: Any) -> Any:
        if not isinstance(rule, dict):
            return rule
        expanded = dict(rule)
        for key in _KEYS:
            place = f"rules.{rule.get('id', '?')}.{key}"
            try:
                if isinstance(texts := rule.get(key), list):
                    expanded[key] = [piece for text in texts for piece in self._pieces(text)]
                elif isinstance(texts, str):
                    expanded[key] = self._joined(texts)
            except KeyError as missing:
                raise RulesError(file, place, self._advise(str(missing.args[0]))) from None
            except OverflowError:
                raise RulesError(file, place, "grows without end: does a definition use itself?") from None
        if isinstance(rule.get("pattern"), list):
            expanded["pattern"] = "|".join(map(str, expanded["pattern"]))
        return expanded

    def _pieces(self, text: Any) -> Iterable[Any]:
        """An entry of a list: itself, or all alternatives of the definition that it is."""
        if isinstance(text, dict):
            return [{key: self._joined(each) if isinstance(each, str) else each for key, each in text.items()}]
        if isinstance(text, str) and (use := _USE.fullmatch(text)):
            return [self._joined(given) for given in self._given[use[1]]]
        return [self._joined(text) if isinstance(text, str) else text]

    def _joined(self, text: str) -> str:
        """The text with all uses replaced, outermost first, until none is left."""
        for _ in range(DEEPEST):
            if len(text) > LONGEST:
                raise OverflowError
            if not _USE.search(text):
                return text
            text = _USE.sub(lambda use: "|".join(self._given[use[1]]), text)
        raise OverflowError

    def _advise(self, name: str) -> str:
        close = get_close_matches(name, self._given, n=1)
        return f"uses %{{{name}}}, which no pack defines" + (f"; did you mean %{{{close[0]}}}?" if close else "")


def collect(contents: Mapping[Path, Any]) -> Definitions:
    """The definitions of files that were read, in their order."""
    definitions = Definitions()
    for file, content in contents.items():
        definitions.add(file, content)
    return definitions
