"""Rules that change while the guard runs: a good new set judges the next message, a broken one changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from mailguard.app.memory import keep_new
from mailguard.app.rule_files import RuleFiles, compile_rules, read_rule_files
from mailguard.app.wiring import Guard
from mailguard.core.errors import ConfigError
from mailguard.core.one_line import one_line

_PAUSE = 5.0
"""Seconds between two looks at the files: reading all of them takes 3 ms."""
_SETTLING = 1.0
"""A change is looked at once more after so long: half of a file that is being written may be a valid set of rules."""
_LONGEST_PROBLEM = 300

_log = structlog.get_logger("mailguard.rules")


class RulesWatch:
    """Keeps the last good set in force, in the judge of this process and by `share` in those of others."""

    def __init__(self, guard: Guard, share: Callable[[RuleFiles], Awaitable[None]]) -> None:
        self._guard, self._share = guard, share
        self.in_force = guard.rule_files
        self.problem = ""
        """Why the files are not what is in force; empty when they are."""
        self._seen = self._tried = self.in_force.digest
        self._called = asyncio.Event()

    def call(self) -> None:
        """Look now (SIGHUP). Only from the event loop."""
        self._called.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            settled = await self.look()
            called = await self._pause(_PAUSE if settled else _SETTLING)
            if called:
                await self.look(at_once=True)

    async def look(self, *, at_once: bool = False) -> bool:
        """Read the files, and load what has changed, all or nothing; False when it was seen for the first time.

        In threads: the 0.6 s of CPU that a set takes keep no mail waiting for longer than a millisecond.
        """
        try:
            files = await asyncio.to_thread(read_rule_files, self._guard.settings)
            if files.digest == self.in_force.digest:
                self._note(files.digest, "")
            elif files.digest != self._seen and not at_once:
                self._seen = files.digest
                return False
            elif files.digest != self._tried:
                await self._load(files)
        except Exception as error:
            # Files that are gone have no digest: they are read again each time, and told once.
            self._note("", _words_for(error))
        return True

    async def _load(self, files: RuleFiles) -> None:
        try:
            rules = await asyncio.to_thread(compile_rules, files, self._guard.settings)
        except Exception as error:
            # The same files would be refused again; a full disk may have room at the next look.
            self._note(files.digest if isinstance(error, ConfigError) else "", _words_for(error))
            return
        self._guard.judge.rules = rules
        keep_new()
        self.in_force = files
        await self._share(files)
        self.problem, self._seen, self._tried = "", files.digest, files.digest
        _log.info("rules changed", digest=files.digest)

    def _note(self, digest: str, problem: str) -> None:
        if problem and problem != self.problem:
            _log.error("rules broken", problem=problem, in_force=self.in_force.digest)
        elif self.problem and not problem:
            _log.info("rules mended", in_force=self.in_force.digest)
        self.problem, self._seen, self._tried = problem, digest, digest

    async def _pause(self, seconds: float) -> bool:
        # Not asyncio.wait_for: in Python 3.11 it loses a cancellation that comes at the moment of waking.
        try:
            async with asyncio.timeout(seconds):
                await self._called.wait()
        except TimeoutError:
            return False
        self._called.clear()
        return True


def _words_for(error: Exception) -> str:
    return one_line(str(error) if isinstance(error, ConfigError) else type(error).__name__, _LONGEST_PROBLEM)
