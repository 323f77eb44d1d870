"""What `identifiers.yaml` says: its lists of words, and what a customer's number must be."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mailguard.core.errors import RulesError
from mailguard.namesake.checkdigits import CHECKS
from mailguard.namesake.searching import Pattern

Contents = Sequence[tuple[Path, dict[str, Any]]]
"""Every folder's file and what it says, the operator's last."""


def mapping(file: Path, content: dict[str, Any], key: str) -> dict[str, Any]:
    """Languages, each with its words. Raises RulesError for anything else."""
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise RulesError(file, key, "write languages, each with its list of words")
    return value


def listed(file: Path, content: dict[str, Any], key: str) -> list[Any]:
    """A list. Raises RulesError for anything else."""
    value = content.get(key, [])
    if not isinstance(value, list):
        raise RulesError(file, key, "write a list")
    return value


def flat(value: Any) -> Iterator[str]:
    """The words of a list, or of all languages. Raises ValueError for what is no word."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    elif isinstance(value, str):
        yield value
    else:
        raise ValueError('write words; "on", "no" and "yes" need quotes in YAML')


def words_of(contents: Contents, key: str) -> list[str]:
    """All words of one list in every file. Raises ValueError for what is no word."""
    return [word for _, content in contents for word in flat(content.get(key, []))]


def order_ids(contents: Contents) -> tuple[Pattern, ...]:
    """Patterns of numbers that hold the customer's. Raises RulesError."""
    patterns: list[Pattern] = []
    for file, content in contents:
        for source in listed(file, content, "order_ids"):
            try:
                pattern = Pattern(str(source))
            except ValueError as error:
                raise RulesError(file, "order_ids", f"{source}: RE2 refuses it ({error})") from None
            if pattern.groups != 1:
                raise RulesError(
                    file, "order_ids", f"{source}: put the customer's number in one pair of round brackets"
                )
            patterns.append(pattern)
    return tuple(patterns)


def number_test(contents: Contents) -> Callable[[str], bool]:
    """Form and check digit of customer numbers; of several files the last that says something. Raises RulesError."""
    check, form = CHECKS["none"], None
    for file, content in contents:
        if "check" in content:
            name = content["check"]
            if not isinstance(name, str) or name not in CHECKS:
                raise RulesError(file, "check", f"write one of {', '.join(CHECKS)}")
            check = CHECKS[name]
        if "form" in content:
            try:
                form = Pattern(f"(?i){content['form']}") if content["form"] else None
            except ValueError as error:
                raise RulesError(file, "form", f"RE2 refuses it ({error})") from None
    if form is None:
        return check
    return lambda key: form.is_whole(key.encode()) and check(key)
