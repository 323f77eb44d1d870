"""`mailguard journal`: the line that is kept of every message."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, Exit, err, out, progress_bar, settings_of, told
from mailguard.app.journal import add_judgement
from mailguard.app.mailboxes import StoredMessage, find_messages
from mailguard.app.stored_envelope import envelope_of_letter
from mailguard.app.wiring import Guard, open_guard
from mailguard.core.errors import InputError
from mailguard.core.ids import new_message_id
from mailguard.core.part import Letter
from mailguard.incidents.tracing.journal import FILE, SUBJECT_KEY, JournalLine, JournalRecipient, write_lines

_AT_ONCE = 200

app = typer.Typer(no_args_is_help=True, help="The journal: a line for every message, by which it can be traced.")


@app.callback()
def _group() -> None:
    return


@app.command("import")
def import_messages(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=".eml files, folders, mbox or Maildir.")],
    config: ConfigOption = None,
) -> None:
    """Write old messages into the journal: what went out before the guard was there can be traced then too.

    Each is judged as `check` does it, and nothing is sent, held or kept of it but its line. Import a mailbox once:
    a second time writes its lines again. Exit 2: something could not be read; the rest is in the journal all the same.
    """
    written = bad = 0
    with told(), open_guard(settings_of(config), prove=False) as guard, progress_bar("writing the journal") as progress:
        lines: list[JournalLine] = []
        for path in paths:
            for message in find_messages(path):
                try:
                    lines.append(_line(guard, message))
                except InputError as error:
                    err.print(f"mailguard: {error}", soft_wrap=True)
                    bad += 1
                if len(lines) == _AT_ONCE:
                    write_lines(guard.store, lines)
                    written, lines = written + len(lines), []
                    progress(written, 0)
        write_lines(guard.store, lines)
        written += len(lines)
        details = {"messages": written}
        with guard.store.writing() as session:
            guard.store.audit.append(
                session, "journal import", actor="command line", at=guard.store.clock(), details=details
            )
    out.print(f"{written} messages written down" + (f", {bad} could not be read" if bad else ""))
    raise typer.Exit(Exit.BAD_INPUT if bad else Exit.DONE)


def _line(guard: Guard, message: StoredMessage) -> JournalLine:
    raw = message.read()
    letter = guard.judge.read(raw)
    envelope = envelope_of_letter(letter, None, [])
    if not envelope.recipients:
        raise InputError(f"{message.path}: names no recipient (To, Cc, Bcc or X-Envelope-To)")
    line = JournalLine(
        id=new_message_id(),
        at=_sent_at(letter, guard.store.clock()),
        reverse_path=envelope.reverse_path,
        recipients=tuple(JournalRecipient(address) for address in envelope.recipients),
        fate="passed",
        answer="",
        size=len(raw),
        source=FILE,
    )
    return add_judgement(line, guard.judge.judge_patiently(envelope, raw), guard.store.sealer.derive(SUBJECT_KEY))


def _sent_at(letter: Letter, now: datetime) -> datetime:
    """The field `Date`; now where it is missing, cannot be read or lies ahead."""
    try:
        sent = parsedate_to_datetime(letter.header("Date") or "")
    except (TypeError, ValueError):
        return now
    return min(sent if sent.tzinfo else sent.replace(tzinfo=UTC), now)
