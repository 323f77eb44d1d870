"""What is counted of one message: no content, no secret, so it may go from one process to another."""

from dataclasses import dataclass

from mailguard.core.address import domain_of
from mailguard.core.verdict import Judgement, Verdict
from mailguard.smtp.ports import Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """The countable side of an outcome."""

    fate: str
    """`passed`, `held`, `deferred` or `refused`."""
    identified: bool
    milliseconds: dict[str, float]
    reasons: tuple[str, ...] = ()
    """Of held messages only, like all that follows."""
    rules: tuple[str, ...] = ()
    sender: str = ""
    domains: tuple[str, ...] = ()
    """Domains of the recipients that are held."""


def tally_of(outcome: Outcome) -> Tally:
    """Take from an outcome what is counted."""
    judgement = outcome.judgement
    identified = judgement is not None and bool(judgement.customers)
    if outcome.case_id is None or judgement is None:
        return Tally(_fate(outcome), identified, outcome.milliseconds)
    return Tally(
        "held",
        identified,
        outcome.milliseconds,
        reasons=tuple(sorted({reason.code.value for reason in judgement.reasons})),
        rules=tuple(sorted({finding.rule for finding in judgement.findings})),
        sender=outcome.envelope.reverse_path or "<>",
        domains=_held_domains(judgement),
    )


def _fate(outcome: Outcome) -> str:
    if outcome.answer.ok:
        return "passed"
    return "deferred" if outcome.answer.temporary else "refused"


def _held_domains(judgement: Judgement) -> tuple[str, ...]:
    held = (recipient.address for recipient in judgement.recipients if recipient.verdict is Verdict.HOLD)
    return tuple(sorted({domain_of(address) for address in held}))
