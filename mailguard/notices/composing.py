"""Which letter is composed by what."""

from mailguard.cases.addresses.answers import LETTER as DISPUTED
from mailguard.core.errors import InputError
from mailguard.core.settings import Settings
from mailguard.incidents.reports.proof import STAFF_LETTER
from mailguard.notices.breach_clocks import BREACH_LATE, BREACH_SOON
from mailguard.notices.breach_letter import compose_breach_clock
from mailguard.notices.claim import Claimed
from mailguard.notices.compose import compose
from mailguard.notices.confirmation import compose_confirmation
from mailguard.notices.digest.letter import compose_digest
from mailguard.notices.disputed import compose_disputed
from mailguard.notices.reader_report import READER_LETTERS, compose_reader_letter, compose_staff_letter
from mailguard.notices.troubles.letter import compose_trouble, is_trouble

_BY_THEMSELVES = {
    STAFF_LETTER: compose_staff_letter,
    DISPUTED: compose_disputed,
    BREACH_SOON: compose_breach_clock,
    BREACH_LATE: compose_breach_clock,
}
"""Letters that need their row of the outbox and nothing else."""


def compose_letter(claimed: Claimed, settings: Settings) -> bytes:
    """The letter as it goes over the wire.

    Raises InputError for one that tells of nothing that is there, OddAddress for a recipient that cannot be written to
    safely, ConfigError for an operator's template that fails.
    """
    notice = claimed.notice
    if claimed.question is not None:
        return compose_confirmation(notice, claimed.question, settings)
    if notice.kind in READER_LETTERS:
        return compose_reader_letter(notice, claimed.report, settings)
    if claimed.digest is not None:
        return compose_digest(notice, claimed.digest, settings)
    if is_trouble(notice.kind):
        return compose_trouble(notice, settings)
    if notice.kind in _BY_THEMSELVES:
        return _BY_THEMSELVES[notice.kind](notice, settings)
    if claimed.facts is None:
        raise InputError("there is no such case any more")
    return compose(notice, claimed.facts, settings)
