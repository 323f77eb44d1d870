"""What is counted of one message: no content, no secret, so it may go from one process to another."""

from dataclasses import dataclass

from mailguard.core.address import domain_of
from mailguard.core.part import PartRole
from mailguard.core.verdict import Judgement, Verdict
from mailguard.detect.language import guess_language
from mailguard.smtp.ports import Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """The countable side of an outcome."""

    fate: str
    """`passed`, `held`, `deferred` or `refused`."""
    identified: bool
    milliseconds: dict[str, float]
    system: str = ""
    """The login, or else the address, that it came in by."""
    reasons: tuple[str, ...] = ()
    """Of held messages only, like all that follows."""
    rules: tuple[str, ...] = ()
    sender: str = ""
    domains: tuple[str, ...] = ()
    """Domains of the recipients that are held."""
    language: str = ""
    """Of the letter; `unknown` where it could not be told."""
    split: bool = False
    """It was held for some of its recipients only, and the others got it at once."""
    may_come_twice: bool = False
    """The client tries again, and the next hop has the message, or may have it."""


def tally_of(outcome: Outcome) -> Tally:
    """Take from an outcome what is counted."""
    judgement = outcome.judgement
    identified = judgement is not None and bool(judgement.customers)
    client = outcome.envelope.client
    system = client.login or client.address
    if outcome.case_id is None or judgement is None:
        again = outcome.may_come_twice
        return Tally(fate_of(outcome), identified, outcome.milliseconds, system, may_come_twice=again)
    return Tally(
        fate_of(outcome),
        identified,
        outcome.milliseconds,
        system,
        reasons=tuple(sorted({reason.code.value for reason in judgement.reasons})),
        rules=tuple(sorted({finding.rule for finding in judgement.findings})),
        sender=outcome.envelope.reverse_path or "<>",
        domains=_held_domains(judgement),
        language=_language(judgement),
        split=bool(outcome.passed),
    )


def fate_of(outcome: Outcome) -> str:
    """`passed`, `held`, `deferred` or `refused`."""
    if outcome.case_id is not None:
        return "held"
    if outcome.answer.ok:
        return "passed"
    return "deferred" if outcome.answer.temporary else "refused"


def _language(judgement: Judgement) -> str:
    parts = judgement.letter.parts if judgement.letter else ()
    return guess_language("\n".join(part.text[:4000] for part in parts if part.role is PartRole.BODY)) or "unknown"


def _held_domains(judgement: Judgement) -> tuple[str, ...]:
    held = (recipient.address for recipient in judgement.recipients if recipient.verdict is Verdict.HOLD)
    return tuple(sorted({domain_of(address) for address in held}))
