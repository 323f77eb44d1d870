"""What all commands share: the `--config` option, the two consoles, and how an error is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mailguard.core.errors import ConfigError, InputError, MailguardError
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
    except InputError as error:
        err.print(f"mailguard: {error}", soft_wrap=True)
        raise typer.Exit(Exit.BAD_INPUT) from None
    except MailguardError as error:
        err.print(f"mailguard: {error}", soft_wrap=True)
        raise typer.Exit(Exit.FAILED) from None
