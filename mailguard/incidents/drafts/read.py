"""A draft of a breach in the register; that somebody has had it is in the audit trail."""

from mailguard.core.settings import Settings
from mailguard.incidents.breaches.register import read_breach
from mailguard.incidents.drafts.draft import Draft, make_draft
from mailguard.incidents.drafts.kinds import DraftKind
from mailguard.store.store import Store


def draft_breach(
    store: Store, breach_id: str, kind: DraftKind, language: str, *, settings: Settings, by: str, form: str = "text"
) -> Draft:
    """The draft, with an entry `breach draft` in the audit trail; nothing else is changed.

    `form` is what it becomes (text, html, pdf). Raises NoSuchBreach, and InputError for a language that there is not.
    """
    now = store.clock()
    with store.reading() as session:
        breach, _ = read_breach(session, breach_id)
    draft = make_draft(breach.id, breach.facts, kind, language, settings, now)
    details = {"breach": breach.id, "kind": kind.value, "language": language, "form": form}
    with store.writing() as session:
        store.audit.append(session, "breach draft", actor=by, at=now, case_id=breach.case_id, details=details)
    return draft
