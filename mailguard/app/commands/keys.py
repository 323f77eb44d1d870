"""`mailguard keys`: the key file, and exchanging its key."""

from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, err, out, progress_bar, settings_of, told
from mailguard.app.heartbeat import node_name
from mailguard.core.settings import split_endpoint
from mailguard.store.keys.listing import list_keys
from mailguard.store.keys.rotation import prepare, rotate
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="The key file that seals held mail.")


@app.command("rotate")
def rotate_keys(
    only_prepare: Annotated[
        bool, typer.Option("--prepare", help="Only add the new key to the file: copy that to every node, then rotate.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Exchange the key for a new one while guards serve. Run it again if it was stopped: it goes on where it was.

    A new key is added to the key file, the audit trail goes on under it, and the data key of every held letter is
    wrapped by it; then the old key leaves the file. Backups made before open only with a copy of the old key file.

    With several nodes: `--prepare` on one of them, copy the key file to the others, `keys rotate` on the first, and
    `keys rotate` on each of the others to drop the old key there.
    """
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            if only_prepare:
                out.print(f"key {prepare(store)} waits in {settings.store.key_file}: copy the file to every node")
                return
            node = node_name(settings.node, split_endpoint(settings.desk.listen)[1])
            with progress_bar("wrapping held letters anew") as progress:
                done = rotate(store, "command line", progress, node=node)
    what = "the exchange begun before is finished" if done.was_begun else "a new key is in use"
    out.print(f"{what}: {done.key_id}; {done.bodies} held letters wrapped by it")
    if done.dropped:
        err.print(f"dropped from {settings.store.key_file}: {', '.join(done.dropped)}", soft_wrap=True)


@app.command("list")
def list_all(config: ConfigOption = None) -> None:
    """List the keys of the key file and those that were exchanged. Only their ids are shown."""
    with told(), open_store(settings_of(config).store) as store:
        keys = list_keys(store)
    table = Table("key", "state", "in file", "held letters", "retired", box=None, pad_edge=False)
    for key in keys:
        retired = f"{key.retired_at:%Y-%m-%d}" if key.retired_at else ""
        table.add_row(key.key_id, key.state, "yes" if key.in_file else "no", str(key.bodies), retired)
    out.print(table)
