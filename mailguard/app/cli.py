"""The command line `mailguard`. Each command, or group of commands, is a file in `commands/`."""

from typing import Annotated

import typer

from mailguard import __version__
from mailguard.app.commands import audit, cases, check, config, customers, demo, doctor, report, rules, serve, users

app = typer.Typer(
    name="mailguard",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="An outbound SMTP relay that holds mail on its way to the wrong person.\n\n"
    "Start with [bold]mailguard demo[/bold]: it shows everything on this machine, with made-up customers.",
)

app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("check")(check.check)
app.command("doctor")(doctor.doctor)
app.add_typer(customers.app, name="customers")
app.add_typer(cases.app, name="cases")
app.add_typer(users.app, name="users")
app.add_typer(report.app, name="report")
app.add_typer(rules.app, name="rules")
app.add_typer(audit.app, name="audit")
app.add_typer(config.app, name="config")


@app.callback()
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"mailguard {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point of the `mailguard` script."""
    app()
