"""How grave a held message is: what a reviewer should look at first."""

from collections.abc import Iterable
from enum import IntEnum

from mailguard.core.reason import ReasonCode


class Severity(IntEnum):
    """Worst first, so that a list in rising order begins with what matters most."""

    CRITICAL = 0
    """A user name beside its password: whoever reads it is in."""
    HIGH = 1
    MEDIUM = 2
    LOW = 3

    @property
    def word(self) -> str:
        """As pages, addresses and the API write it."""
        return self.name.lower()


SEVERITIES: dict[str, Severity] = {severity.word: severity for severity in Severity}
"""By their words."""

BUNDLES = "bundle."
"""How the ids of rules about a user name beside its password begin (`detect.bundle`)."""

LOW_REASONS: frozenset[str] = frozenset({ReasonCode.ONE_TIME_CODE})
MEDIUM_REASONS: frozenset[str] = frozenset(
    {
        ReasonCode.PERSONAL_DATA,
        ReasonCode.UNRELATED,
        ReasonCode.UNREADABLE,
        ReasonCode.ENCRYPTED,
        ReasonCode.RECORDING,
        ReasonCode.IDENTITY_CONFLICT,
        ReasonCode.UNCONFIRMED,
        ReasonCode.STALE_REGISTER,
        ReasonCode.REFUSED,
    }
)
"""Every other reason is grave, and so is one that this version does not know."""


def severity_of(reasons: Iterable[str], rules: Iterable[str] = ()) -> Severity:
    """The worst of the reasons (codes) and of the rules (ids) that found something. No reason at all counts as low."""
    if any(rule.startswith(BUNDLES) for rule in rules):
        return Severity.CRITICAL
    codes = set(reasons)
    if codes <= LOW_REASONS:
        return Severity.LOW
    return Severity.MEDIUM if codes <= LOW_REASONS | MEDIUM_REASONS else Severity.HIGH
