"""A reviewer's words: they are mailed and kept in the open, so no found secret of the letter may stand in them."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from mailguard.cases.deciding.rights import NOT_SECOND, is_second_person, may_break
from mailguard.cases.finding_parts import part_of
from mailguard.cases.reading import ReadLetter, open_letter
from mailguard.cases.rows import case_row
from mailguard.core.errors import BadDecision, NotYours
from mailguard.core.part import Letter
from mailguard.core.person import Person
from mailguard.message.read import read_letter
from mailguard.store.store import Store

LONGEST_REASON = 2000
_SHORTEST_INSIDE = 4
"""Shorter values, and short ones of letters only, count as a whole word: inside words they are everywhere."""
_LONG = 8
_SEPARATORS = re.compile(r"[\W_]+")


def require_reason(reason: str) -> None:
    """Raises BadDecision where nothing is said."""
    if not reason.strip():
        raise BadDecision("say why: the reason is kept in the audit trail")


def check_reason(
    store: Store, case_id: str, person: Person, reason: str, read: ReadLetter = read_letter, *, glass: bool = False
) -> None:
    """Refuse a reason that is too long or that carries a value found in the letter, also when it is spelt in groups.

    Only a second person, or for `glass` somebody who may break it, gets this far: the answer tells whether a guess was
    right, and each refusal is an entry in the audit trail, as a reveal is. Opens its own transactions, so it comes
    before the caller's. Raises BadDecision, NotYours, NoSuchCase, StoreError.
    """
    if len(reason) > LONGEST_REASON:
        raise BadDecision("the reason has more than %(most)s characters", most=LONGEST_REASON)
    if not reason.strip():
        return
    with store.reading() as session:
        case_row(session, case_id)
        may = may_break if glass else is_second_person
        if not may(session, case_id, person, store.clock()):
            raise NotYours(NOT_SECOND)
    check_words(store, case_id, person, reason, read)


def check_words(store: Store, case_id: str, person: Person, reason: str, read: ReadLetter = read_letter) -> None:
    """The same for words of whoever the caller has found to be free to guess: the sender knows the letter anyway."""
    if len(reason) > LONGEST_REASON:
        raise BadDecision("the reason has more than %(most)s characters", most=LONGEST_REASON)
    with store.reading() as session:
        findings = case_row(session, case_id).judgement["findings"]
    said = _folded(reason)
    if findings and any(_tells(said, value) for value in _values(open_letter(store, case_id, read), findings)):
        with store.writing() as session:
            store.audit.append(session, "reason refused", actor=person.name, at=store.clock(), case_id=case_id)
        raise BadDecision("the reason repeats a secret of the letter: say it without the value, reasons are mailed")


def _values(letter: Letter | None, findings: list[dict[str, Any]]) -> Iterator[str]:
    for finding in findings if letter else ():
        if letter and (part := part_of(letter, finding)):
            yield part.text[finding["start"] : finding["end"]]


def _tells(said: str, value: str) -> bool:
    secret = _folded(value).strip()
    core = _SEPARATORS.sub("", secret)
    if not core:
        return False
    if len(core) >= _LONG or (len(core) >= _SHORTEST_INSIDE and not core.isalpha()):
        return secret in said or core in _SEPARATORS.sub("", said)
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", said) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
