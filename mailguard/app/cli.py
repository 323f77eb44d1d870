"""The command line `mailguard`. Each command, or group of commands, is a file in `commands/`."""

from typing import Annotated

import typer

from mailguard import __version__
from mailguard.app.lazy import lazy_group

_COMMANDS = {
    "demo": "Show everything on free loopback ports: made-up customers, a mail sink, the namesake case, the desk.",
    "serve": "Run the guard: front door, relay to the next hop, review desk, letters and schedule.",
    "check": "Judge messages in files and send nothing.",
    "doctor": "Probe configuration, rules, disk, store, register and next hop. Exit 1 when something is not well.",
    "customers": "The customer register that recipients are compared with.",
    "cases": "Held messages: read them, and put made-up ones among them (deciding is done at the desk).",
    "users": "People who log in, their deputies, and API tokens.",
    "report": "The weekly report.",
    "rules": "The rules that find credentials and personal data.",
    "nodes": "The guards that serve on this store: version, rules, last sign of life.",
    "trace": "What was sent to an address, about a customer, or became of one message.",
    "breaches": "The breach register: read it, open a breach, draft letters (closing is done at the desk).",
    "notices": "Letters and webhooks of the guard's own: try a webhook.",
    "journal": "The journal: a line for every message, by which it can be traced.",
    "audit": "The audit trail: verify it, anchor it, export a part of it as evidence.",
    "keys": "The key file that seals held mail: exchange its key.",
    "store": "The database that keeps held mail: back it up, restore it, upgrade it.",
    "config": "The configuration: check it.",
}

app = typer.Typer(
    name="mailguard",
    cls=lazy_group(_COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="An outbound SMTP relay that holds mail on its way to the wrong person.\n\n"
    "Start with [bold]mailguard demo[/bold]: it shows everything on this machine, with made-up customers.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailguard {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    return


def main() -> None:
    """Entry point of the `mailguard` script."""
    app()
