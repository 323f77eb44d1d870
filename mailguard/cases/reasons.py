"""A reviewer's words: they are mailed and kept in the open, so no found secret of the letter may stand in them."""

import re
import unicodedata
from collections.abc import Iterator

from mailguard.cases.four_eyes import is_second_person
from mailguard.cases.reading import ReadLetter, open_letter
from mailguard.core.errors import BadDecision, NoSuchCase, NotYours
from mailguard.core.part import Letter
from mailguard.core.person import Person
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from mailguard.store.tables import CaseRow

LONGEST_REASON = 2000
_SHORTEST_INSIDE = 4
"""Shorter values, and short ones of letters only, count as a whole word: inside words they are everywhere."""
_LONG = 8
_SEPARATORS = re.compile(r"[\W_]+")


def check_reason(store: Store, case_id: str, person: Person, reason: str, read: ReadLetter = read_letter) -> None:
    """Refuse a reason that is too long or that carries a value found in the letter, also when it is spelt in groups.

    Only a second person gets this far: the answer tells whether a guess was right, and each refusal is an entry in the
    audit trail, as a reveal is. Opens its own transactions, so it comes before the caller's. Raises BadDecision,
    NotYours, NoSuchCase, StoreError.
    """
    if len(reason) > LONGEST_REASON:
        raise BadDecision(f"the reason has more than {LONGEST_REASON} characters")
    if not reason.strip():
        return
    with store.reading() as session:
        case = session.get(CaseRow, case_id)
        if case is None:
            raise NoSuchCase(f"there is no case {case_id}")
        if not is_second_person(session, case_id, person):
            raise NotYours("a second person must decide: not the sender, and a supervisor or admin")
        findings = case.judgement["findings"]
    said = _folded(reason)
    if findings and any(_tells(said, value) for value in _values(open_letter(store, case_id, read), findings)):
        with store.writing() as session:
            store.audit.append(session, "reason refused", actor=person.name, at=store.clock(), case_id=case_id)
        raise BadDecision("the reason repeats a secret of the letter: say it without the value, reasons are mailed")


def _values(letter: Letter | None, findings: list[dict[str, object]]) -> Iterator[str]:
    texts = {part.path: part.text for part in letter.parts} if letter else {}
    for finding in findings:
        yield texts.get(str(finding["part"]), "")[int(str(finding["start"])) : int(str(finding["end"]))]


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
