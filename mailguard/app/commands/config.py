"""`mailguard config check`."""

import typer

from mailguard.app.console import ConfigOption, file_in_use, out, settings_of, told
from mailguard.app.named_files import check_named_files
from mailguard.app.wiring import load_rules

app = typer.Typer(no_args_is_help=True, help="The configuration file.")


@app.command("check")
def check(config: ConfigOption = None) -> None:
    """Validate configuration, the files it names, and rules, without starting anything.

    Exit 2 names file, key and mend. To be run as the user that the guard runs as: others may read more files, or less.
    """
    with told():
        settings = settings_of(config)
        check_named_files(settings)
        load_rules(settings)
    out.print(f"{file_in_use() or 'no file, defaults'}: configuration and rules are in order", soft_wrap=True)
