"""What a breach may mean for the people concerned, and what they can do, by the kinds of data (GDPR Art. 34(2))."""

from mailguard.core.finding import FindingKind
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.drafts.marks import gap
from mailguard.incidents.drafts.wording import Wording

_KINDS: dict[str, frozenset[str]] = {
    "identity": frozenset({FindingKind.NATIONAL_ID, FindingKind.IDENTITY_DOCUMENT, FindingKind.BIRTH_DATE}),
    "bank": frozenset({FindingKind.IBAN, FindingKind.PAYMENT_CARD}),
    "recording": frozenset({FindingKind.RECORDING}),
}


def advice(facts: BreachFacts, wording: Wording) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences of what may happen, and of what to do about it; a gap where the kinds of data are not known."""
    classes = set(facts.data_classes)
    kinds = [kind for kind, members in _KINDS.items() if members & classes]
    if facts.secrets_included:
        kinds.insert(0, "secret_reset" if facts.secrets_reset_at else "secret_open")
    may_mean, can_do = wording.words["may_mean"], wording.words["can_do"]
    things = tuple(str(can_do[kind]) for kind in (*kinds, "contact") if kind in can_do)
    if not classes and not facts.secrets_included:
        # Of data that nobody has named, nobody can say what they may be used for.
        return (() if facts.consequences.strip() else (gap("consequences"),)), things
    return tuple(str(may_mean[kind]) for kind in (*kinds, "contact")), things
