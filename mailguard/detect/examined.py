"""What the detector says about its rules, a letter, and itself."""

import re
from dataclasses import dataclass

from mailguard.core.finding import Finding, FindingKind
from mailguard.detect.page import Candidate

_PIECE = re.compile(r"[^\W\d_]+|(?:pin|puk)[12]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule as `rules list` shows it."""

    id: str
    kind: FindingKind
    languages: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a letter, and where the looking stopped early."""

    findings: tuple[Finding, ...]
    exhausted: tuple[str, ...]
    """Paths of parts with more places that look like secrets than are looked at. What they hide is not known, so the
    letter must be held."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One place that a rule looked at closely. It holds no value."""

    rule: str
    kind: FindingKind
    part: str
    line: int
    """Line of the value in the part, from 1."""
    label: str
    """The label as it was written; empty for a rule that knows its values by their own shape."""
    form: str
    """How label and value hang together: `separator`, `copula`, `column` and so on; `pattern` without a label."""
    shape: str
    """Shape of the value, or the name of the check that it stands."""
    score: float
    hold_at: float
    outcome: str
    """`found`, or why not: `below` the score, `not_near`, `conference` and other vetoes, `covered` by a surer finding,
    `allowed`."""


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example of a rule and how it went."""

    rule: str
    example: str
    expected: bool
    got: bool

    @property
    def ok(self) -> bool:
        """The rule did with its example what it says."""
        return self.expected == self.got


def show_label(text: str, candidate: Candidate) -> str:
    """The label as written, without any part that could be the secret: in "Kesa2020-salasana" the label holds it."""
    start, end = candidate.label
    if candidate.start < end and start < candidate.end:
        return "…"
    return " ".join(piece if _PIECE.fullmatch(piece) else "…" for piece in re.split(r"[\s_\-/.:]+", text[start:end]))
