"""Looking at a case: every look is in the audit trail, and a secret is shown to a second person only."""

from mailguard.cases.deciding.reasons import check_reason
from mailguard.cases.deciding.rights import is_second_person
from mailguard.cases.finding_parts import part_of
from mailguard.cases.reading import ReadLetter, open_letter
from mailguard.cases.rows import case_row
from mailguard.cases.scope import require_seen
from mailguard.core.errors import BadDecision, NotYours
from mailguard.core.person import Person
from mailguard.core.secret import Secret
from mailguard.message.read import read_letter
from mailguard.store.store import Store


def view(store: Store, case_id: str, person: Person, part: str | None = None) -> None:
    """Write down that the person has looked at the case, or at a part of its letter by itself. Raises NoSuchCase."""
    act, details = ("view part", {"part": part}) if part else ("view", {})
    with store.writing() as session:
        require_seen(session, case_id, person)
        store.audit.append(session, act, actor=person.name, at=store.clock(), case_id=case_id, details=details)


def reveal(
    store: Store, case_id: str, number: int, person: Person, reason: str, read: ReadLetter = read_letter
) -> Secret:
    """The value of finding `number` (from 0), after writing down who wanted it and why.

    Raises NotYours for anybody who could not decide on the case, BadDecision without a reason, with one that repeats a
    secret or when the letter is gone, NoSuchCase.
    """
    if not reason.strip():
        raise BadDecision("say why the value has to be seen: it is written into the audit trail")
    check_reason(store, case_id, person, reason, read)
    with store.writing() as session:
        row = case_row(session, case_id)
        if not is_second_person(session, case_id, person, store.clock()):
            raise NotYours("only somebody who may decide on the case can see the value")
        findings = row.judgement["findings"]
        if not 0 <= number < len(findings):
            raise BadDecision("there is no such finding")
        finding = findings[number]
        # The entry is committed before the value is read: no crash between them can show it unrecorded.
        details = {"finding": number, "rule": finding["rule"], "reason": reason.strip()}
        store.audit.append(session, "reveal", actor=person.name, at=store.clock(), case_id=case_id, details=details)
    letter = open_letter(store, case_id, read)
    part = part_of(letter, finding) if letter else None
    if part is None:
        raise BadDecision("the letter is no longer kept")
    return Secret(part.text[finding["start"] : finding["end"]])
