"""What `--help` says of every command."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from mailguard.app.cli import _COMMANDS, app
from mailguard.app.lazy import _load


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from _below(each, (*path, name))


def _written(path: tuple[str, ...]) -> Iterator[str]:
    command = _load(path[0])
    for name in path[1:]:
        command = command.commands[name]
    yield from (command.help, *(parameter.help for parameter in command.params))


PATHS = [path for name in _COMMANDS for path in _below(_load(name), (name,))]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_word_is_printed(path: tuple[str, ...]) -> None:
    """Names of tables in square brackets too, which are no styles; and no paragraph is broken where the source is."""
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "1000"})
    assert done.exit_code == 0, done.output
    printed = " ".join(done.output.split())
    for text in _written(path):
        for paragraph in filter(None, text.replace("\\[", "[").split("\n\n")):
            assert " ".join(paragraph.split()) in printed


def test_every_command_and_argument_is_named_alike() -> None:
    """Arguments are written in capitals everywhere, and every command says what it does."""
    for path in PATHS:
        command = _load(path[0])
        for name in path[1:]:
            command = command.commands[name]
        assert command.help, path
        for parameter in command.params:
            if parameter.param_type_name == "argument":
                assert parameter.metavar, (path, parameter.name)
                assert parameter.metavar.isupper(), (path, parameter.name)
