"""`mailguard audit export`, `check` and `public-key`: evidence that others can check without us."""

import os
import pwd
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zipfile import is_zipfile

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mailguard.app.console import ConfigOption, Exit, err, out, progress_bar, settings_of, told
from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.incidents.tracing.bundle import check_bundle
from mailguard.store.audit.evidence import public_pem, signing_key
from mailguard.store.audit.evidence_check import (
    Checked,
    against_store,
    check_evidence,
    head_problem,
    load_public_key,
)
from mailguard.store.audit.export import export_evidence
from mailguard.store.audit.slice import Choice
from mailguard.store.store import open_store

_SHOWN_PROBLEMS = 20


def export(
    output: Annotated[Path, typer.Option(metavar="FILE", help="A new file; it is made with mode 0600.")],
    case_id: Annotated[str | None, typer.Option("--case", metavar="ID", help="What was done about this case.")] = None,
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="What this user did, and entries that name the user.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="2026-11-16 or 2026-11-16T09:00; UTC unless it says +02:00.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="As --since. A day is included, a time of day is not.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write a part of the audit trail as evidence: signed, so that others can check it off this machine.

    Choose by --case, --person, --since and --until; what is given has to fit altogether. The file has an entry a line
    (JSON), what it was chosen by, and where the chain ended. It has no letters in it and no secrets, but names and
    addresses of people: hand it to whoever may read these.

    Whoever gets it checks it with `mailguard audit check FILE --public-key PEM`, where PEM is what `mailguard audit
    public-key` prints; give them that by another way, and early.

    The export is itself an entry in the audit trail, with the digest of the file. Exit 1: the chain is not whole; the
    file is written and says so.
    """
    with told():
        choice = Choice((case_id.upper(),) if case_id else (), person, _moment(since), _moment(until, day_ends=True))
        if choice == Choice():
            raise InputError("say what to export: --case, --person, --since, --until")
        with open_store(settings_of(config).store) as store, progress_bar("checking the chain") as show:
            exported = export_evidence(store, choice, output, _user(), show)
    out.print(f"{exported.entries} audit entries written to {output}", soft_wrap=True)
    if exported.broken:
        err.print(f"mailguard: the audit chain is not whole, as {output} says too: {exported.broken}", soft_wrap=True)
        raise typer.Exit(Exit.FAILED)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Evidence, as `audit export` wrote it.")],
    public_key: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="The guard's public key, from whom you trust; FILE's own word is not asked."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check evidence, or the bundle of a trace: that it is what a guard exported, whole and unchanged.

    With --public-key nothing else is needed, neither the guard nor its database: the signature (Ed25519) is checked,
    the order of the entries, and that each was chosen by what the file says.

    With --config the store is asked as well: each entry's keyed digest, whether it is still on record as it was, and
    whether the chain still leads through the head at the export. Without --public-key the key of the store is taken.

    Exit 0: all is well. 1: it is not; the first problems are told. 2: a file cannot be read.
    """
    with told():
        if public_key is None and config is None:
            raise InputError("say what to check it with: --public-key PEM, or --config F for the store's own key")
        key = load_public_key(public_key) if public_key else None
        if is_zipfile(file):
            _check_bundle(file, key or _own_key(config))
            return
        if config is None and key is not None:
            checked = check_evidence(file, key)
        else:
            checked = _check_with_store(file, key, config)
    for problem in checked.problems[:_SHOWN_PROBLEMS]:
        err.print(f"{file}: {one_line(problem)}", soft_wrap=True)
    if len(checked.problems) > _SHOWN_PROBLEMS:
        err.print(f"{file}: and {len(checked.problems) - _SHOWN_PROBLEMS} problems more", soft_wrap=True)
    if checked.problems:
        raise typer.Exit(Exit.FAILED)
    _tell(checked, with_store=config is not None)


def public_key(config: ConfigOption = None) -> None:
    """Print the public key for evidence, in PEM. Give it to whoever will check evidence, before there is any.

    It changes when keys are rotated: keep the old one with the evidence that it belongs to.
    """
    with told(), open_store(settings_of(config).store) as store:
        pem = public_pem(signing_key(store).public_key())
    typer.echo(pem, nl=False)


def _check_bundle(file: Path, key: Ed25519PublicKey) -> None:
    checked = check_bundle(file, key)
    for problem in checked.problems:
        err.print(f"{file}: {one_line(problem)}", soft_wrap=True)
    if checked.problems:
        raise typer.Exit(Exit.FAILED)
    said = checked.manifest
    out.print(f"{said['messages']} messages of the journal, about {one_line(said['wanted'])}", soft_wrap=True)
    out.print(f"exported {said['exported_at']} by {one_line(said['exported_by'])}", soft_wrap=True)
    out.print("the signature fits, and every file is what was exported")


def _own_key(config: Path | None) -> Ed25519PublicKey:
    with open_store(settings_of(config).store) as store:
        return signing_key(store).public_key()


def _check_with_store(file: Path, key: Ed25519PublicKey | None, config: Path | None) -> Checked:
    with open_store(settings_of(config).store) as store, store.reading() as session:
        key = key or signing_key(store).public_key()
        checked = check_evidence(file, key, against_store(store.audit, session))
        problem = head_problem(session, checked.header)
    if problem is None:
        return checked
    return replace(checked, problems=(*checked.problems, f"the head at the export {problem}"))


def _tell(checked: Checked, *, with_store: bool) -> None:
    header = checked.header
    chosen = ", ".join(f"{name} {value}" for name, value in header["chosen_by"].items())
    out.print(f"{checked.entries} audit entries, chosen by {one_line(chosen)}", soft_wrap=True)
    out.print(f"exported {header['exported_at']} by {one_line(header['exported_by'])}", soft_wrap=True)
    out.print(f"when the chain ended at entry {header['head']['seq']}", soft_wrap=True)
    out.print("the signature fits" + (", and the store has them all as they are here" if with_store else ""))


def _moment(text: str | None, *, day_ends: bool = False) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no moment: write 2026-11-16, 2026-11-16T09:00 or with +02:00") from None
    if day_ends and len(text) <= len("2026-11-16"):
        moment += timedelta(days=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _user() -> str:
    # Not of the environment, where anybody writes what they like.
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
