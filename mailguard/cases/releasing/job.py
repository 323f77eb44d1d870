"""A message to send, as the release worker that has claimed it holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailguard.core.case import CaseState
from mailguard.core.envelope import Envelope
from mailguard.store.tables.cases import CaseRow


@dataclass(frozen=True, slots=True)
class ReleaseJob:
    """A message to send: the bytes that were judged, to the recipients that were approved and still lack it."""

    case_id: str
    envelope: Envelope
    raw: bytes
    claim: int = field(default=0, compare=False)
    """The number of this claim; a later one is another worker's."""
    corrections: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Addresses on record that get it in the place of recipients: then `raw` has these in its header."""


def is_ours(row: CaseRow, job: ReleaseJob) -> bool:
    """Whether the case is to be sent still, and by nobody who claimed it later."""
    return row.state == CaseState.APPROVED and row.claims == job.claim
