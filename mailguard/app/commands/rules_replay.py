"""`mailguard rules replay`: what other rules would have done with the mail of the last weeks."""

import json
import re
from collections import Counter
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, Format, FormatOption, out, progress_bar, settings_of, told
from mailguard.app.wiring import Guard, open_guard
from mailguard.cases.judge import examine
from mailguard.core.errors import InputError
from mailguard.core.features import Features
from mailguard.core.settings import Settings
from mailguard.incidents.replay.describe import describe_replay
from mailguard.incidents.replay.replay import Changes, Examine, Replay, replay
from mailguard.policy.gathering import examine_again
from mailguard.policy.policy import Policy
from mailguard.policy.table import PolicyTable

_SPAN = re.compile(r"([0-9]{1,4})([dw])")


def replay_rules(
    since: Annotated[str, typer.Option(metavar="8w", help="8w, 30d, or the first day (YYYY-MM-DD).")] = "8w",
    rules: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Other rules, in the place of the folder rules.folder.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another policy table, in the place of policy.yaml.")
    ] = None,
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """Say what other rules would have held and passed of the mail of the last weeks. Nothing is sent or changed.

    The policy table is asked about every message of the journal; other detection rules look into held letters alone,
    as far as they are kept. Without --rules and --policy the rules in force are compared with what was done. Who a
    letter was about and what a recipient was to the customer is taken as it was found then. The replay is audited.
    """
    with told(), ExitStack() as opened:
        settings = settings_of(config)
        if rules is not None:
            if not rules.is_dir():
                raise InputError(f"{rules} is no folder")
            settings = settings.model_copy(update={"rules": settings.rules.model_copy(update={"folder": rules})})
        guard = opened.enter_context(open_guard(settings))
        asked = guard.judge.rules.policy
        if policy is not None:
            asked = Policy(PolicyTable.read(policy), asked.wording)
        begin = _begin(since, guard.store.clock(), settings)
        with progress_bar("asking again") as progress:
            replayed = replay(
                guard.store, asked, begin, examine=_examiner(guard) if rules is not None else None, progress=progress
            )
        _note(guard, replayed, rules is not None, policy is not None)
    if format_ is Format.JSON:
        typer.echo(json.dumps(describe_replay(replayed)))
    else:
        _print(replayed, rules is not None)


def _examiner(guard: Guard) -> Examine:
    def look_again(features: Features, body: bytes) -> Features:
        letter, findings, people = examine(guard.judge.rules, guard.judge.read(body))
        return examine_again(features, findings, people, letter)

    return look_again


def _begin(text: str, now: datetime, settings: Settings) -> datetime:
    span = _SPAN.fullmatch(text)
    if span is not None:
        days = int(span[1]) * (7 if span[2] == "w" else 1)
        return now - timedelta(days=days)
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(settings.report.time_zone))
    except ValueError:
        raise InputError(f'{text!r} is no span of time; write "8w", "30d" or "2026-11-16"') from None


def _note(guard: Guard, replayed: Replay, rules: bool, policy: bool) -> None:
    details = {
        "since": replayed.since.isoformat(),
        "messages": replayed.messages,
        "letters": replayed.examined,
        "rules": rules,
        "policy": policy,
    }
    with guard.store.writing() as session:
        guard.store.audit.append(session, "rules replay", actor="command line", at=guard.store.clock(), details=details)


def _print(replayed: Replay, examined: bool) -> None:
    out.print(f"{replayed.messages} messages in {replayed.days:.1f} days, {replayed.unasked} of them without features")
    if examined:
        out.print(
            f"{replayed.examined} held letters looked into again, {replayed.gone} are not kept any more;"
            f" of {replayed.unread} that passed no letter is kept",
            soft_wrap=True,
        )
    measured = "measured" if replayed.handling_measured else "assumed"
    table = Table("", "messages", "a day", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("held then", str(replayed.held_then), f"{replayed.held_then / replayed.days:.1f}")
    table.add_row("held with these rules", str(replayed.held_now), f"{replayed.held_now / replayed.days:.1f}")
    table.add_row("extra holds", str(replayed.extra.messages), f"{replayed.extra_a_day:.1f}")
    table.add_row("holds that fall away", str(replayed.fewer.messages), f"{replayed.fewer_a_day:.1f}")
    table.add_row("second approvals", str(replayed.approvals), f"{replayed.approvals / replayed.days:.1f}")
    minutes = replayed.handling / timedelta(minutes=1)
    table.add_row(f"reviewers' minutes ({minutes:.1f} a case, {measured})", "", f"{replayed.minutes_a_day:+.1f}")
    out.print(table)
    _print_changes("extra holds", replayed.extra)
    _print_changes("holds that fall away", replayed.fewer)
    leaks = Table("known leaks", "known", "not asked", "held then", "caught", "missed", box=None, pad_edge=False)
    for known, each in replayed.leaks.items():
        missed = each.known - each.unasked - each.held_now
        leaks.add_row(known.value, *map(str, (each.known, each.unasked, each.held_then, each.held_now, missed)))
    out.print(leaks)
    newly = [message for each in replayed.leaks.values() for message in each.missed]
    if newly:
        out.print(f"held then, and missed now: {' '.join(newly)}", soft_wrap=True)


def _print_changes(title: str, changes: Changes) -> None:
    if not changes.messages:
        return
    for what, counts in (("reason", changes.reasons), ("rule", changes.rules)):
        if counts:
            out.print(f"{title} by {what}: {_in_order(counts)}", soft_wrap=True)
    out.print(f"  for example (mailguard trace): {' '.join(changes.examples)}", soft_wrap=True)


def _in_order(counts: Counter[str]) -> str:
    return ", ".join(f"{key} {count}" for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
