"""`mailguard store backup` and `mailguard store restore`."""

from pathlib import Path
from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, err, out, progress_bar, settings_of, told
from mailguard.store.upkeep.backup import back_up
from mailguard.store.upkeep.restore import restore


def backup_store(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of its own for each backup.")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the key file beside it: who has the folder can read every letter.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Copy the database into a new folder while guards serve. The letters in it are sealed.

    Keep a copy of the key file in another place: without the key that `backup.json` names, no letter opens.
    """
    with told():
        settings = settings_of(config)
        with progress_bar("copying the database") as progress:
            made = back_up(settings.store, folder, progress, with_key=with_key)
    out.print(f"{folder}: {made.entries} audit entries, key {made.key_id}", soft_wrap=True)
    if with_key:
        err.print("The key file is in it: keep it as you would keep the letters in clear.")
    else:
        err.print(f"The key file is not in it: keep a copy of {settings.store.key_file} elsewhere.", soft_wrap=True)


def restore_store(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `store backup` made.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move the SQLite database that stands there aside; never one in use.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of the database, once its audit chain and the key file have been checked.

    What was decided and sent after the backup was made is not in it: messages that were approved by then, or waited to
    be read, are sent again, with the same case id, and later ones are gone. Stop the guard before, and start it
    afterwards.
    """
    with told():
        settings = settings_of(config)
        with progress_bar("checking the audit chain") as progress:
            made = restore(settings.store, folder, progress, replace=replace)
    out.print(f"restored as it was at {made.made_at}; the audit chain is whole", soft_wrap=True)
