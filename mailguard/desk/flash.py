"""One sentence that is shown once after an act. The cookie carries a code and a case id, never a text."""

import re
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from mailguard.desk.case_id import CASE_ID
from mailguard.desk.deciding.countdown import Countdown, countdown
from mailguard.desk.desk import Desk
from mailguard.desk.language.catalogue import N_

_COOKIE = re.compile(rf"([a-z_]{{1,20}})\.({CASE_ID.pattern})?")

SENTENCES: dict[str, tuple[str, str]] = {
    "approved": ("good", N_("Approved. The message is on its way to the recipients you chose.")),
    "approved_soon": ("good", N_("Approved. The message leaves when the time to take it back is over.")),
    "rejected_soon": ("plain", N_("Rejected. The sender is told when the time to take it back is over.")),
    "undone": ("plain", N_("Taken back. The message is held as before, and nothing was sent.")),
    "undo_late": ("plain", N_("Too late: the decision stands. The case says what has become of it.")),
    "rejected": ("plain", N_("Rejected. Nothing was sent; the sender is told your reason.")),
    "withdrawn": ("plain", N_("Withdrawn. Nothing was sent.")),
    "returned": ("plain", N_("Returned. The sender is told what to mend; nothing was sent.")),
    "commented": ("plain", N_("Written down. The sender does not see it.")),
    "sender_asked": ("good", N_("Asked. A letter tells the sender that there is a question.")),
    "test_missed": (
        "bad",
        N_("That was a made-up test letter, and it should not have gone out. Nothing was sent, nobody was at risk."),
    ),
    "test_passed": ("good", N_("Well seen: that was a made-up test letter. Nothing was sent.")),
    "retried": ("good", N_("The message will be tried again at once.")),
    "first_approval": ("plain", N_("Approved by you. Nothing is sent until a second person approves it too.")),
    "glass_broken": ("plain", N_("The glass is broken: the message is on its way, and everybody has been told.")),
    "reviewed": ("good", N_("Reviewed. Your word stands in the history.")),
    "delegated": ("good", N_("The deputy is named. Both names will stand under what they decide.")),
    "delegation_ended": ("plain", N_("Ended. It gives no right from this moment on.")),
    "asked": (
        "good",
        N_("The address is asked by a letter without personal data. Its answer will stand in the history."),
    ),
    "disputed": ("good", N_("On record: later letters about this customer to the address are held.")),
    "pair_revoked": ("plain", N_("Taken back. Letters to that address are judged anew from now on.")),
    "dispute_revoked": ("plain", N_("Taken back. The address counts again as its record has it.")),
    "audit_started": ("good", N_("The audit runs beside the guard's work.")),
    "audit_running": ("plain", N_("An audit is under way already.")),
    "breach_opened": (
        "good",
        N_("The breach is in the register. Its clocks run from the times that are written down."),
    ),
    "breach_changed": ("good", N_("Written down.")),
    "breach_same": ("plain", N_("Nothing was changed.")),
    "breach_closing": ("good", N_("Asked. Another person reads it over and closes it.")),
    "breach_closed": ("good", N_("Closed by two persons. It stays in the register.")),
    "breach_reopened": ("plain", N_("Taken up again. Your reason stands in its history.")),
    "leak_reported": ("good", N_("Reported. Supervisors, ops and admins are told, without names.")),
    "reporter_asked": ("good", N_("The question goes out in a letter. The answer will stand among what was said.")),
    "report_dismissed": ("plain", N_("Dismissed. Your reason stands with the report.")),
    "taken": ("plain", N_("You are at this case. The others see that; they could decide on it all the same.")),
    "taken_already": ("plain", N_("Somebody else is at this case. You can take it over, or choose another one.")),
    "given_back": ("plain", N_("Given back. Anybody may take the case.")),
    "view_saved": ("good", N_("The view is kept.")),
    "view_removed": ("plain", N_("The view is removed. No case was touched.")),
    "sessions_ended": ("good", N_("Logged out there. Whoever was logged in there has to log in again.")),
    "nothing_ended": ("plain", N_("There was nothing to end.")),
    "factor_removed": ("plain", N_("Removed. It opens nothing any more.")),
    "hours_set": ("good", N_("Letters about new cases come as you have chosen.")),
    "logged_out": ("plain", N_("You are logged out.")),
    "ended": ("plain", N_("Please log in. Nothing was changed.")),
}

_UNDOABLE = frozenset({"approved_soon", "rejected_soon", "first_approval"})


@dataclass(frozen=True, slots=True)
class Flash:
    """Tone, sentence and the case it is about."""

    tone: str
    sentence: str
    case_id: str | None
    undo: Countdown | None = None
    """How long what it tells of can be taken back."""


def leave(response: Response, desk: Desk, code: str, case_id: str = "") -> None:
    """Have the next page show the sentence of `code`."""
    response.set_cookie(
        _name(desk), f"{code}.{case_id}", max_age=60, path="/", secure=desk.https, httponly=True, samesite="strict"
    )


def redirect(desk: Desk, path: str, code: str, case_id: str = "") -> Response:
    """The answer to a form that has done what it is for: on to that page, which says so."""
    response = RedirectResponse(path, 303)
    leave(response, desk, code, case_id)
    return response


def take(request: Request, desk: Desk) -> Flash | None:
    """What an earlier act left to be said."""
    match = _COOKIE.fullmatch(request.cookies.get(_name(desk), ""))
    if match is None or match[1] not in SENTENCES:
        return None
    tone, sentence = SENTENCES[match[1]]
    undo = countdown(desk, match[2]) if match[1] in _UNDOABLE and match[2] else None
    return Flash(tone, sentence, match[2], undo)


def clear(request: Request, response: Response, desk: Desk) -> None:
    """Say it once only."""
    if _name(desk) in request.cookies:
        response.delete_cookie(_name(desk), path="/", secure=desk.https, httponly=True, samesite="strict")


def _name(desk: Desk) -> str:
    return "__Host-mailguard-flash" if desk.https else "mailguard-flash"
