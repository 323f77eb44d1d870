"""One sentence that is shown once after an act. The cookie carries a code and a case id, never a text."""

import re
from dataclasses import dataclass

from fastapi import Request, Response

from mailguard.desk.desk import Desk

_CASE = r"MG-[0-9A-Z]{4}-[0-9A-Z]{4}"
_COOKIE = re.compile(rf"([a-z_]{{1,20}})\.({_CASE})?")
CASE_ID = re.compile(_CASE)
"""The shape of a case id (core.ids); nothing else is looked up or linked to."""

SENTENCES: dict[str, tuple[str, str]] = {
    "approved": ("good", "Approved. The message is on its way to the recipients you chose."),
    "rejected": ("plain", "Rejected. Nothing was sent; the sender is told your reason."),
    "withdrawn": ("plain", "Withdrawn. Nothing was sent."),
    "retried": ("good", "The message will be tried again at once."),
    "first_approval": ("plain", "Approved by you. Nothing is sent until a second person approves it too."),
    "asked": ("good", "The address is asked by a letter without personal data. Its answer will stand in the history."),
    "pair_revoked": ("plain", "Taken back. Letters to that address are judged anew from now on."),
    "dispute_revoked": ("plain", "Taken back. The address counts again as its record has it."),
    "audit_started": ("good", "The audit runs beside the guard's work."),
    "audit_running": ("plain", "An audit is under way already."),
    "logged_out": ("plain", "You are logged out."),
    "ended": ("plain", "Please log in. Nothing was changed."),
}


@dataclass(frozen=True, slots=True)
class Flash:
    """Tone, sentence and the case it is about."""

    tone: str
    sentence: str
    case_id: str | None


def leave(response: Response, desk: Desk, code: str, case_id: str = "") -> None:
    """Have the next page show the sentence of `code`."""
    response.set_cookie(
        _name(desk), f"{code}.{case_id}", max_age=60, path="/", secure=desk.https, httponly=True, samesite="strict"
    )


def take(request: Request, desk: Desk) -> Flash | None:
    """What an earlier act left to be said."""
    match = _COOKIE.fullmatch(request.cookies.get(_name(desk), ""))
    if match is None or match[1] not in SENTENCES:
        return None
    tone, sentence = SENTENCES[match[1]]
    return Flash(tone, sentence, match[2])


def clear(request: Request, response: Response, desk: Desk) -> None:
    """Say it once only."""
    if _name(desk) in request.cookies:
        response.delete_cookie(_name(desk), path="/", secure=desk.https, httponly=True, samesite="strict")


def _name(desk: Desk) -> str:
    return "__Host-mailguard-flash" if desk.https else "mailguard-flash"
