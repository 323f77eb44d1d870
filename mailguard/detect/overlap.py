"""Settling overlaps: one place in a text is one finding."""

from collections.abc import Iterable, Mapping

from mailguard.core.finding import FindingKind
from mailguard.detect.page import LEARNED, Candidate

PRIORITY = (
    FindingKind.PRIVATE_KEY,
    FindingKind.API_KEY,
    FindingKind.IBAN,
    FindingKind.PAYMENT_CARD,
    FindingKind.NATIONAL_ID,
    FindingKind.IDENTITY_DOCUMENT,
    FindingKind.PUK,
    FindingKind.PIN,
    FindingKind.ONE_TIME_CODE,
    FindingKind.PASSWORD,
    FindingKind.ACCESS_CODE,
    FindingKind.DERIVABLE_HINT,
    FindingKind.BIRTH_DATE,
    FindingKind.RECORDING,
)
"""What can be proved by its own digits goes before what a label says; among labels the narrower one;
what was learned knows least of what a value is for."""
_PROVED = 6
_RANK = {kind: rank for rank, kind in enumerate(PRIORITY)}


def settle(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates that stand, in the order of the text."""

    def order(candidate: Candidate) -> tuple[int, bool, float, int, int, str]:
        rank = _RANK[candidate.kind]
        proved = rank if rank < _PROVED else _PROVED
        return (
            proved,
            candidate.form == LEARNED,
            -candidate.score,
            rank,
            candidate.start - candidate.end,
            candidate.rule,
        )

    taken: list[Candidate] = []
    covered: dict[int, list[Candidate]] = {}
    for candidate in sorted(candidates, key=order):
        cells = range(candidate.start // 16, candidate.end // 16 + 1)
        if not _is_free(candidate, cells, covered):
            continue
        taken.append(candidate)
        for cell in cells:
            covered.setdefault(cell, []).append(candidate)
    return sorted(taken, key=lambda candidate: (candidate.start, candidate.end))


def _is_free(candidate: Candidate, cells: Iterable[int], covered: Mapping[int, list[Candidate]]) -> bool:
    """Whether nothing that was taken stands in its place. Loops, since generators take three times as long."""
    for cell in cells:
        for other in covered.get(cell, ()):
            if candidate.start < other.end and other.start < candidate.end:
                return False
    return True
