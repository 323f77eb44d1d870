"""A trace in the forms that leave the program: JSON, and rows for a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from mailguard.cases.awaiting.listing import Unread
from mailguard.core.spreadsheet import safe_cell
from mailguard.incidents.tracing.trace import Trace, Traced

CSV_HEADER = (
    "at", "fate", "gone", "sender", "recipients", "relations", "customers", "reasons", "found", "size", "case",
    "message_id", "answer",
)  # fmt: skip
AWAITING = "awaiting reading"
"""The fate of what is neither passed on nor held yet."""


def describe_trace(trace: Trace) -> dict[str, Any]:
    """The trace as JSON: what was asked, all of it in numbers, and the messages, newest first."""
    return {
        "wanted": trace.wanted.value,
        "subject": trace.wanted.subject.value,
        "total": trace.total,
        "first_at": trace.first_at.isoformat() if trace.first_at else None,
        "last_at": trace.last_at.isoformat() if trace.last_at else None,
        "messages": [describe_traced(message) for message in trace.messages],
        # As text: to a script in JSON a number of this size is not exact any more.
        "next": str(trace.next) if trace.next is not None else None,
        "unread": [describe_unread(one) for one in trace.unread],
        "unread_total": trace.unread_total,
    }


def describe_traced(message: Traced) -> dict[str, Any]:
    """One message of it."""
    return {
        "id": message.id,
        "at": message.at.isoformat(),
        "fate": message.fate,
        "gone": message.has_gone,
        "sender": message.reverse_path,
        "recipients": [
            {"address": one.address, "relation": one.relation, "gone": message.has_reached(one)}
            for one in message.recipients
        ],
        "customers": list(message.customers),
        "reasons": list(message.reasons),
        "found": list(message.kinds),
        "size": message.size,
        "client": message.client,
        "login": message.login,
        "message_id": message.message_id,
        "subject_tag": message.subject_tag,
        "answer": message.answer,
        "case": message.case_id,
        "case_state": message.case_state.value if message.case_state else None,
        "source": message.source,
    }


def describe_unread(one: Unread) -> dict[str, Any]:
    """A message whose pictures are still to be read; what it shares with others is called the same."""
    return {
        "id": one.envelope.message_id,
        "at": one.received_at.isoformat(),
        "fate": AWAITING,
        "gone": one.has_gone,
        "sender": one.envelope.reverse_path,
        "recipients": [{"address": to, "gone": one.has_reached(to)} for to in one.envelope.recipients],
        "customers": list(one.customers),
        "size": one.size,
        "client": one.envelope.client.address,
        "login": one.envelope.client.login or "",
        "message_id": one.message_id,
        "case": one.case_id,
        "tries": one.tries,
        "problem": one.problem,
        "due_at": one.due_at.isoformat(),
    }


def csv_rows(trace: Trace) -> Iterator[tuple[str, ...]]:
    """The same as rows under `CSV_HEADER`, safe for a spreadsheet; of what is still to be read, `answer` is why."""
    for one in trace.unread:
        yield tuple(safe_cell(cell, 2000) for cell in _unread_cells(one))
    for message in trace.messages:
        cells = (
            message.at.isoformat(timespec="seconds"),
            message.fate,
            "yes" if message.has_gone else "no",
            message.reverse_path or "<>",
            " ".join(one.address for one in message.recipients),
            " ".join(one.relation for one in message.recipients),
            " ".join(message.customers),
            " ".join(message.reasons),
            " ".join(message.kinds),
            str(message.size),
            message.case_id or "",
            message.message_id,
            message.answer,
        )
        yield tuple(safe_cell(cell, 2000) for cell in cells)


def _unread_cells(one: Unread) -> tuple[str, ...]:
    return (
        one.received_at.isoformat(timespec="seconds"),
        AWAITING,
        "yes" if one.has_gone else "no",
        one.envelope.reverse_path or "<>",
        " ".join(one.envelope.recipients),
        "",
        " ".join(one.customers),
        "",
        "",
        str(one.size),
        one.case_id,
        one.message_id,
        one.problem,
    )
