"""Inside the guard: its process kills itself when a chosen step is passed for the n-th time."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PLACE = "MAILGUARD_CRASH_PLAN"
"""Environment variable with the path of the plan, which the harness may replace at any time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to kill next. Whoever fires it leaves a file behind, so that each plan kills once."""

    number: int = 0
    step: str = ""
    passes: int = 1
    whole_tree: bool = False

    def write(self, file: Path) -> None:
        """Put it in the place of the one before."""
        draft = file.with_suffix(".new")
        draft.write_text(f"{self.number}\t{self.step}\t{self.passes}\t{int(self.whole_tree)}", encoding="utf-8")
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> "Plan":
        """The plan in force."""
        number, step, passes, whole = file.read_text(encoding="utf-8").split("\t")
        return cls(int(number), step, int(passes), whole == "1")

    def fired(self, file: Path) -> Path:
        """What is there once it has killed."""
        return file.with_name(f"fired-{self.number}")


class Trap:
    """One for each process of the guard."""

    def __init__(self, file: Path) -> None:
        self._file, self._seen, self._plan, self._passes = file, 0, Plan(), 0

    def is_due(self, step: str) -> bool:
        """Whether this pass of the step is the chosen one; counts it."""
        changed = self._file.stat().st_mtime_ns
        if changed != self._seen:
            self._seen, self._plan, self._passes = changed, Plan.read(self._file), 0
        if step != self._plan.step:
            return False
        self._passes += 1
        return self._passes == self._plan.passes

    def spring(self) -> None:
        """Die as in a power cut: nothing is flushed, no handler runs."""
        try:
            # Of two processes that reach the step at once one dies; the harness wants to know which kills there were.
            os.close(os.open(self._plan.fired(self._file), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return
        if self._plan.whole_tree:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    def passing(self, step: str) -> None:
        """Called at the step."""
        if self.is_due(step):
            self.spring()
