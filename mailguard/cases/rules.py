"""Everything that is read from the rules' folders, as one set."""

from dataclasses import dataclass

from mailguard.detect.detector import Detector
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Rules:
    """One set of rules, proved together: a message is judged by one set alone."""

    detector: Detector
    patterns: IdentifierPatterns
    policy: Policy
