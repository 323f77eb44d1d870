"""`mailguard config check`."""

import typer

from mailguard.app.console import ConfigOption, out, settings_of, told
from mailguard.app.wiring import load_rules

app = typer.Typer(no_args_is_help=True, help="The configuration file.")


@app.command("check")
def check(config: ConfigOption = None) -> None:
    """Validate configuration and rules without starting anything. Exit 2 names file, key and mend."""
    with told():
        settings = settings_of(config)
        load_rules(settings)
    out.print("configuration and rules are in order")
