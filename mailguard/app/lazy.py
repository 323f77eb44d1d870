"""Commands whose code is imported when they are called.

Importing all of them takes two seconds (web framework, scheduler, the rules' engine); `users token` needs none of it.
"""

from collections.abc import Mapping
from importlib import import_module
from inspect import cleandoc
from typing import Any

from rich.markup import escape
from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


def lazy_group(summaries: Mapping[str, str]) -> type[TyperGroup]:
    """A group of the commands in `commands/`, one a file; `summaries` is what `--help` says of each."""

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return list(summaries)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return _Later(cmd_name, summaries[cmd_name]) if cmd_name in summaries else None

    return LazyGroup


class _Later(TyperCommand):
    """Stands for a command in the list of commands; called, it gives way to the command itself."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, help=summary)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return _load(self.name or "").make_context(info_name, args, parent, **extra)


def _load(name: str) -> Any:
    """The command of a file: the group `app` that it makes, or the one function that bears its name."""
    module = import_module(f"mailguard.app.commands.{name}")
    holder = Typer(add_completion=False, pretty_exceptions_enable=False)
    if hasattr(module, "app"):
        holder.add_typer(module.app, name=name)
    else:
        holder.command(name)(getattr(module, name))
        holder.callback()(lambda: None)  # or Typer would make no group for a single command
    group = get_command(holder)
    assert isinstance(group, TyperGroup)  # noqa: S101 - by the two lines above
    command = group.commands[name]
    _print_as_written(command)
    return command


def _print_as_written(command: Any) -> None:
    """Have Typer print the help of a command and of those under it as it is written: it takes `[desk.oidc]` for a
    style of its own, and breaks a paragraph wherever the source does.
    """
    paragraphs = cleandoc(command.help or "").split("\n\n")
    command.help = escape("\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs))
    for parameter in command.params:
        parameter.help = escape(parameter.help or "")
    for below in getattr(command, "commands", {}).values():
        _print_as_written(below)
