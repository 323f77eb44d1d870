"""Everything that is read from the rules' folders, as one set."""

from dataclasses import dataclass, field

from mailguard.detect.detector import Detector
from mailguard.detect.quiet import QuietMemory
from mailguard.namesake.known_contents import KnownContents
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Rules:
    """One set of rules, proved together: a message is judged by one set alone."""

    detector: Detector
    patterns: IdentifierPatterns
    policy: Policy
    quiet: QuietMemory = field(default_factory=lambda: QuietMemory(most=0), compare=False)
    """What comes again and again, and this detector finds nothing in."""
    contents: KnownContents = field(default_factory=lambda: KnownContents(most=0), compare=False)
    """What comes again and again, and whom these patterns find in it."""
