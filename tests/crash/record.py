"""What clients and reviewers were told, and when."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Record:
    """Filled by many threads."""

    attempts: Counter[str] = field(default_factory=Counter)
    """By marker: how often a client began to send the message."""
    passed: dict[str, float] = field(default_factory=dict)
    """Markers of messages that were answered with the next hop's 250, and when."""
    held: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Case ids of messages that were answered with `held for approval as`, by marker, and when."""
    asked: dict[str, str] = field(default_factory=dict)
    """Decisions that a reviewer has sent, by case id."""
    decided: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Those that were answered with 200, or with "already decided", and when."""
    refused: list[str] = field(default_factory=list)
    """Answers that nobody expected."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, marker: str) -> None:
        """A client is about to send it."""
        with self._lock:
            self.attempts[marker] += 1

    @property
    def acknowledged(self) -> int:
        """How many messages have had their 250."""
        return len(self.passed) + len(self.held)

    def note_answer(self, marker: str, answer: str) -> None:
        """A 250."""
        if "held for approval as " in answer:
            self.held[marker] = answer.rsplit(" ", 1)[1], time.monotonic()
        else:
            self.passed[marker] = time.monotonic()
