"""`mailguard audit verify`."""

import typer

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.command("verify")
def verify(config: ConfigOption = None) -> None:
    """Check the audit chain from its first entry to its head. Exit 1 names the first bad entry."""
    with told():
        store = open_store(settings_of(config).store)
        with store.reading() as session:
            entries, bad = store.audit.verify(session)
        store.close()
    if bad is not None:
        err.print(f"audit entry {bad.seq} {bad.problem}")
        raise typer.Exit(Exit.FAILED)
    out.print(f"{entries} audit entries, the chain is whole")
