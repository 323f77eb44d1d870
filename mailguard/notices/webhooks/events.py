"""Which acts are events, and what a delivery says of them: nothing of people, of a message or of the register."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailguard.cases.deciding.undo import UNDO
from mailguard.core.settings import Settings
from mailguard.core.severity import Severity
from mailguard.notices.links import at_desk
from mailguard.notices.troubles.trouble import OVER, TROUBLE
from mailguard.notices.wording import Wording, house_wording
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow

EVENTS: dict[str, tuple[str, str]] = {
    "hold": ("hold", "hold"),
    "decision: approve": ("decision", "approved"),
    "decision: reject": ("decision", "rejected"),
    "withdrawal": ("decision", "withdrawn"),
    UNDO: ("decision", "taken_back"),
    "escalation": ("escalation", "escalation"),
    "expiry": ("expiry", "expiry"),
    "break glass": ("break_glass", "break_glass"),
    "breach opened": ("breach", "breach_opened"),
    "breach soon": ("breach", "breach_soon"),
    "breach late": ("breach", "breach_late"),
    "breach closed": ("breach", "breach_closed"),
    TROUBLE: ("trouble", "trouble"),
    OVER: ("trouble", "trouble_over"),
}
"""By the act in the audit trail: the event, and what happened in it."""

Body = dict[str, Any]


def describe_event(session: Session, act: AuditRow, settings: Settings) -> Body:
    """The body of a delivery about one of these acts."""
    event, outcome = EVENTS[act.act]
    if _is_one_of_several(act):
        outcome = "approved_once"
    wording = house_wording(settings)
    body: Body = {"event": event, "outcome": outcome, "at": act.at.isoformat()}
    if event == "breach":
        body |= _breach(act.details, outcome, wording, settings)
    elif event == "trouble":
        body |= _trouble(act.details, outcome, wording, settings)
    elif act.case_id is not None:
        body |= _case(session.get(CaseRow, act.case_id), act.case_id, outcome, wording, settings)
    return body


def describe_test(settings: Settings, at: datetime) -> Body:
    """The body of a delivery that only tries the way."""
    wording = house_wording(settings)
    text = str(wording.words["chat"]["test"])
    return {"event": "test", "outcome": "test", "at": at.isoformat(), "text": text, "link": at_desk(settings, "cases")}


def _is_one_of_several(act: AuditRow) -> bool:
    """An approval after which another is needed: its entry says `1 of 2`."""
    given, of, needed = str(act.details.get("approvals", "")).partition(" of ")
    return bool(of) and given != needed


def _case(row: CaseRow | None, case_id: str, outcome: str, wording: Wording, settings: Settings) -> Body:
    reasons = [str(reason["code"]) for reason in row.judgement.get("reasons", ())] if row else []
    severity = Severity(row.severity).word if row else ""
    link = at_desk(settings, "cases", case_id)
    text = str(wording.words["chat"][outcome]).format(
        case=case_id,
        severity=wording.words["severity"][severity] if severity else "-",
        why=wording.why((*reasons, "other")[0]),
    )
    return {"case": case_id, "kinds": reasons, "severity": severity, "link": link, "text": f"{text} {link}"}


def _breach(details: Mapping[str, Any], outcome: str, wording: Wording, settings: Settings) -> Body:
    number, chat = str(details.get("breach", "-")), wording.words["chat"]
    link = at_desk(settings, "breaches", number)
    text = str(chat["breach"]).format(breach=number, what=chat[outcome])
    return {"breach": number, "link": link, "text": f"{text} {link}"}


def _trouble(details: Mapping[str, Any], outcome: str, wording: Wording, settings: Settings) -> Body:
    topic = str(details.get("topic", "-"))
    link = at_desk(settings, "cases")
    text = str(wording.words["chat"][outcome]).format(topic=wording.words["troubles"].get(topic, topic))
    return {"trouble": topic, "link": link, "text": f"{text} {link}"}
