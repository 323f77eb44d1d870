"""A replay as plain JSON."""

from datetime import timedelta
from typing import Any

from mailguard.incidents.replay.replay import Changes, Replay


def describe_replay(replayed: Replay) -> dict[str, Any]:
    """Counts, codes and ids; no name, address or content."""
    return {
        "since": replayed.since.isoformat(),
        "until": replayed.until.isoformat(),
        "days": round(replayed.days, 3),
        "messages": replayed.messages,
        "not_asked": replayed.unasked,
        "letters": {"examined": replayed.examined, "gone": replayed.gone, "passed": replayed.unread},
        "held_then": replayed.held_then,
        "held_now": replayed.held_now,
        "second_approvals": replayed.approvals,
        "extra": _changes(replayed.extra, replayed.extra_a_day),
        "fewer": _changes(replayed.fewer, replayed.fewer_a_day),
        "reviewing": {
            "minutes_a_case": round(replayed.handling / timedelta(minutes=1), 2),
            "measured": replayed.handling_measured,
            "extra_minutes_a_day": round(replayed.minutes_a_day, 2),
        },
        "known_leaks": {
            known.value: {
                "known": leaks.known,
                "not_asked": leaks.unasked,
                "held_then": leaks.held_then,
                "caught": leaks.held_now,
                "missed": leaks.known - leaks.unasked - leaks.held_now,
                "newly_missed": leaks.missed,
            }
            for known, leaks in replayed.leaks.items()
        },
    }


def _changes(changes: Changes, a_day: float) -> dict[str, Any]:
    return {
        "messages": changes.messages,
        "a_day": round(a_day, 3),
        "reasons": dict(sorted(changes.reasons.items())),
        "rules": dict(sorted(changes.rules.items())),
        "examples": changes.examples,
    }
