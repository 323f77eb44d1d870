"""Joins the rooms: settings in, a guard out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailguard.app.rule_folders import rule_folders
from mailguard.cases.judge import Judge
from mailguard.core.settings import Settings
from mailguard.customers.freshness import FreshnessWatch
from mailguard.customers.register import Register
from mailguard.detect.detector import Detector
from mailguard.message.budget import Budget
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy
from mailguard.smtp.received import MOST_RECEIVED_OCTETS
from mailguard.store.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Guard:
    """The parts that every command which judges or decides needs."""

    settings: Settings
    store: Store
    register: Register
    judge: Judge


@contextmanager
def open_guard(settings: Settings, *, prove: bool = True) -> Iterator[Guard]:
    """Open store and register, load the rules (and with `prove` run their examples), and close it all at the end.

    Raises ConfigError and RulesError for what the operator can mend, StoreError when the database does not answer.
    """
    judge_parts = load_rules(settings, prove=prove)
    store = open_store(settings.store)
    extractor = ExtractionPool()
    try:
        register = Register(store.engine)
        judge = Judge(
            detector=judge_parts.detector,
            register=register,
            patterns=judge_parts.patterns,
            policy=judge_parts.policy,
            internal_domains=settings.register_.internal_domains,
            partners=settings.register_.partners,
            changed_days=settings.register_.changed_days,
            freshness=FreshnessWatch(store.engine, settings.register_, store.clock),
            clock=store.clock,
            budget=_budget(settings),
            extractor=extractor,
        )
        yield Guard(settings, store, register, judge)
    finally:
        extractor.close()
        store.close()


def _budget(settings: Settings) -> Budget:
    """Room for every message that the front door takes, with the `Received` line that it puts on top."""
    return Budget(size=max(Budget().size, settings.smtp.max_message_bytes + MOST_RECEIVED_OCTETS))


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that is read from the rules' folders."""

    detector: Detector
    patterns: IdentifierPatterns
    policy: Policy


def load_rules(settings: Settings, *, prove: bool = True) -> Rules:
    """Read the rules, and prove them by their examples. Raises RulesError for a pattern or example that fails."""
    folders = rule_folders(settings)
    return Rules(
        Detector.load(folders, prove=prove),
        IdentifierPatterns.load(folders, settings.register_.own_addresses),
        Policy.load(folders, language=settings.notices.language),
    )
