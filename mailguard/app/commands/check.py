"""`mailguard check`: judge stored messages and send nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.app.mailboxes import StoredMessage, find_messages
from mailguard.app.stored_envelope import envelope_of_letter
from mailguard.app.wiring import Guard, open_guard
from mailguard.cases.describe import describe_judgement
from mailguard.core.address import is_plain
from mailguard.core.errors import InputError
from mailguard.core.verdict import Judgement, Verdict
from mailguard.message.read import read_letter


class Format(StrEnum):
    """How to print."""

    TEXT = "text"
    JSONL = "jsonl"


def check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=".eml files, folders, mbox, Maildir, or - .")],
    mail_from: Annotated[
        str | None, typer.Option(metavar="A", help="Envelope sender; else Return-Path or From.")
    ] = None,
    rcpt_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A", help="Envelope recipient (may be repeated); else X-Envelope-To, else To, Cc and Bcc."
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="text for people, jsonl for scripts.")] = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """Judge messages in files and send nothing.

    Exit 0: all would pass. 3: some would be held. 2: bad input (the rest is judged all the same).
    """
    codes = {Exit.DONE}
    with told(), open_guard(settings_of(config), prove=False) as guard:
        for address in (*(rcpt_to or ()), *filter(None, [mail_from])):
            if not is_plain(address):
                raise InputError(f"{address!r} is no plain mail address")
        for path in paths:
            with _told_of(codes):
                for message in find_messages(path):
                    with _told_of(codes):
                        codes.add(_check_one(guard, message, mail_from, rcpt_to or [], format_))
    raise typer.Exit(next(code for code in (Exit.BAD_INPUT, Exit.SOME, Exit.DONE) if code in codes))


@contextmanager
def _told_of(codes: set[Exit]) -> Iterator[None]:
    """Bad input is told, and what comes after it is judged all the same."""
    try:
        yield
    except InputError as error:
        err.print(f"mailguard: {error}", soft_wrap=True)
        codes.add(Exit.BAD_INPUT)


def _check_one(
    guard: Guard, message: StoredMessage, mail_from: str | None, rcpt_to: list[str], format_: Format
) -> Exit:
    raw = message.read()
    envelope = envelope_of_letter(read_letter(raw), mail_from, rcpt_to)
    if not envelope.recipients:
        raise InputError(f"{message.path}: names no recipient; give one with --rcpt-to")
    judgement = guard.judge.judge_patiently(envelope, raw)
    split = guard.settings.policy.partial == "split"
    _print(message.path, judgement, format_, [one.address for one in judgement.unhindered] if split else [])
    return Exit.DONE if judgement.verdict is Verdict.PASS else Exit.SOME


def _print(path: str, judgement: Judgement, format_: Format, passed: Sequence[str]) -> None:
    """`passed` would get it at once while it is held for others."""
    if format_ is Format.JSONL:
        message_id = judgement.letter.message_id if judgement.letter else ""
        line = {"path": path, "message_id": message_id} | describe_judgement(judgement)
        line |= {"passed": list(passed)} if passed else {}
        typer.echo(json.dumps(line, ensure_ascii=False))
        return
    for line_of_text in _sentences(path, judgement, passed):
        out.print(line_of_text, soft_wrap=True)


def _sentences(path: str, judgement: Judgement, passed: Sequence[str]) -> Iterator[str]:
    yield f"{judgement.verdict.value.upper():6} {path}"
    for recipient in judgement.recipients:
        at_once = ", passed on at once" if recipient.address in passed else ""
        yield f"       {recipient.address}: {recipient.relation.kind.value}, {recipient.verdict.value}{at_once}"
    for reason in judgement.reasons:
        yield f"       {reason.code.value}: {reason.text}"
