"""What is said afterwards of an approval that broke the glass: was it right? Until then it stands open in the desk."""

from mailguard.cases.deciding.glass_reviews import broken_glass, may_review
from mailguard.cases.deciding.reasons import check_reason, require_reason
from mailguard.cases.reading import ReadLetter
from mailguard.cases.rows import lock_case
from mailguard.core.errors import AlreadyDecided, BadDecision, NotYours
from mailguard.core.person import Person
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from mailguard.store.tables.decisions import AfterReviewRow


def review(
    store: Store, case_id: str, was_right: bool, reason: str, person: Person, read: ReadLetter = read_letter
) -> None:
    """Say whether it was right to break the glass; once.

    Raises NotYours for anybody but another second person, AlreadyDecided, BadDecision (no reason, one that repeats a
    secret, a message that left in the ordinary way), NoSuchCase.
    """
    require_reason(reason)
    check_reason(store, case_id, person, reason, read)
    with store.writing() as session:
        # The lock puts two reviewers in line.
        lock_case(session, case_id)
        now = store.clock()
        glass = broken_glass(session, case_id)
        if glass is None:
            raise BadDecision("nobody broke the glass for this message")
        if glass.review is not None:
            raise AlreadyDecided(f"{glass.review.by} has reviewed case {case_id} already")
        if not may_review(session, glass, person, now):
            raise NotYours("another second person reviews it: not who broke the glass, and nobody of the sender's side")
        session.add(
            AfterReviewRow(
                decision_id=glass.decision_id, user_id=person.user_id, was_right=was_right, reason=reason, at=now
            )
        )
        details = {"was_right": was_right, "reason": reason, "broken_by": glass.by.name}
        store.audit.append(session, "after-review", actor=person.name, at=now, case_id=case_id, details=details)
