"""`mailguard audit`: check the audit trail, anchor it outside the database, export parts of it as evidence."""

from logging import WARNING
from pathlib import Path
from typing import Annotated

import typer

from mailguard.app.anchoring import write_anchor
from mailguard.app.commands.audit_evidence import check, export, public_key
from mailguard.app.console import ConfigOption, Exit, err, out, progress_bar, settings_of, told
from mailguard.app.logs import set_up_logs
from mailguard.core.errors import InputError
from mailguard.store.audit.anchor import Anchor, find_anchors, misfits
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.command("verify")
def verify(
    anchors: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Also compare with the anchors in this file: audit.anchor_file, a syslog, a mailed report, a saved "
            "page. May be given several times.",
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check the audit chain from its first entry to its head.

    Each entry's digest is made with a key of the key file, over the entry and the one before it. So an entry that was
    changed, moved, put in or taken out shows, and so does an end that was cut off.

    Somebody who can write to the database can cut the end off and set the head back; that shows against anchors alone,
    so give --anchors with what was kept elsewhere.

    Exit 0: the chain is whole and leads to every anchor. 1: it does not; the first bad entry is named, and each anchor
    that does not fit. 2: a file cannot be read or has no anchors.
    """
    with told():
        found = {file: _read_anchors(file) for file in anchors or ()}
        with open_store(settings_of(config).store) as store, store.reading() as session:
            with progress_bar("checking") as show:
                entries, bad = store.audit.verify(session, show)
            wrong = [(file, *misfit) for file, ours in found.items() for misfit in misfits(session, ours)]
    if bad is not None:
        err.print(f"audit entry {bad.seq} {bad.problem}", soft_wrap=True)
    for file, anchor, problem in wrong:
        err.print(f"{file}: the anchor of {anchor.at:%Y-%m-%d %H:%M} does not fit: {problem}", soft_wrap=True)
    if bad is not None or wrong:
        raise typer.Exit(Exit.FAILED)
    compared = sum(map(len, found.values()))
    out.print(f"{entries} audit entries, the chain is whole{f' and leads to {compared} anchors' if compared else ''}")


@app.command("anchor")
def anchor(config: ConfigOption = None) -> None:
    """Write an anchor now: the line is printed, and goes to audit.anchor_file and syslog where these are configured.

    Keep it where nobody who can write to the database can change it: print it, mail it, put it into a ticket.
    `mailguard audit verify --anchors FILE` finds it again in any text.
    """
    set_up_logs(level=WARNING)  # an anchor of before that does not fit is told; the line itself is printed anyway
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            written = write_anchor(store, settings.audit)
    typer.echo(str(written))


app.command("export")(export)
app.command("check")(check)
app.command("public-key")(public_key)


def _read_anchors(file: Path) -> tuple[Anchor, ...]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    found = find_anchors(text)
    if found.broken:
        lines = ", ".join(map(str, found.broken[:10]))
        raise InputError(
            f"{file}: line {lines}: an anchor that is damaged; compare it with another copy, or take it out"
        )
    if not found.anchors:
        raise InputError(f"{file} has no anchors: lines with mailguard-audit-anchor seq=... are looked for")
    return found.anchors
