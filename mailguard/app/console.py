"""What all commands share: the `--config` option, the two consoles, and how an error is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from mailguard.core.errors import ConfigError, DecisionError, InputError, MailguardError
from mailguard.core.settings import Settings, load_settings

# No markup: names, addresses and subjects are printed, and some contain square brackets.
out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False)

DEFAULT_CONFIG = Path("mailguard.toml")

_file_in_use: ContextVar[Path | None] = ContextVar("configuration file", default=None)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="F",
        envvar="MAILGUARD_CONFIG",
        help="Configuration file. Without it: ./mailguard.toml where there is one, else defaults on loopback.",
    ),
]

LoginName = Annotated[str, typer.Argument(metavar="NAME", help="Login name.")]


class Format(StrEnum):
    """How a list is printed."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for scripts.")]


class Exit(IntEnum):
    """Exit codes of the contract."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    SOME = 3
    """`check`: some would be held. `customers import`: some rows were bad."""


def settings_of(config: Path | None) -> Settings:
    """The settings of a command."""
    if config is None and DEFAULT_CONFIG.is_file():
        config = DEFAULT_CONFIG
    _file_in_use.set(config)
    return load_settings(config)


def file_in_use() -> Path | None:
    """The file that `settings_of` has read, if there was one."""
    return _file_in_use.get()


def read_day(text: str) -> date:
    """A day that somebody has typed. Raises InputError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f'{text!r} is no day; write it as "2026-11-16"') from None


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """Its midnight in that zone, as UTC. Raises InputError for days at the ends of the calendar."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        raise InputError(f"{day} is too far away") from None


@contextmanager
def told() -> Iterator[None]:
    """Turn errors into one line and an exit code: 2 for what the caller can mend, 1 for trouble of the machine."""
    try:
        yield
    except ConfigError as error:
        # What is found out when the parts are joined does not know which file the key stood in.
        named = ConfigError(error.file or _file_in_use.get(), error.key, error.mend)
        err.print(f"mailguard: {named}", soft_wrap=True)
        raise typer.Exit(Exit.BAD_INPUT) from None
    except (InputError, DecisionError) as error:
        err.print(f"mailguard: {error}", soft_wrap=True)
        raise typer.Exit(Exit.BAD_INPUT) from None
    except MailguardError as error:
        err.print(f"mailguard: {error}", soft_wrap=True)
        raise typer.Exit(Exit.FAILED) from None


@contextmanager
def progress_bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error that is gone at the end; call what it gives with what is done, and what there is in all
    (0: not known).
    """
    # Imported here: only commands that take long pay for it.
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn(doing), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    # Without a terminal nothing is drawn: it would leave an empty line in a log.
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
