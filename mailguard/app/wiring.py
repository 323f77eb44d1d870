"""Joins the rooms: settings in, a guard out."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

from mailguard.app.rule_files import RuleFiles, compile_rules, load_folders, read_rule_files
from mailguard.cases.judge import Judge
from mailguard.cases.rules import Rules
from mailguard.core.errors import ConfigError
from mailguard.core.rule_folders import rule_folders
from mailguard.core.settings import Settings
from mailguard.customers.freshness import FreshnessWatch
from mailguard.customers.register import Register
from mailguard.message.budget import Budget
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.extraction.tesseract import NoTesseract, Tesseract
from mailguard.message.known_files import file_memory
from mailguard.message.known_texts import body_memory
from mailguard.message.recognizer import ReadLater
from mailguard.smtp.received import MOST_RECEIVED_OCTETS
from mailguard.store.keys.sealing import Purpose
from mailguard.store.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Guard:
    """The parts that every command which judges or decides needs."""

    settings: Settings
    store: Store
    register: Register
    judge: Judge
    rule_files: RuleFiles
    """What the judge's rules were loaded from at the start."""
    recognizer: Tesseract | None = None

    def stop_reading(self) -> None:
        """Give up pictures that are being read; from then on none is."""
        if self.recognizer is not None:
            self.recognizer.close()


@contextmanager
def open_guard(settings: Settings, *, prove: bool = True, rule_files: RuleFiles | None = None) -> Iterator[Guard]:
    """Open store and register, load the rules (and with `prove` run their examples), and close it all at the end.

    The rules are read from their folders, or are those that another process has read.
    Raises ConfigError and RulesError for what the operator can mend, StoreError when the database does not answer.
    """
    files = rule_files or read_rule_files(settings)
    rules = compile_rules(files, settings, prove=prove)
    recognizer, remember = open_recognizer(settings), settings.message.remember
    with open_store(settings.store) as store, closing(ExtractionPool()) as extractor:
        register = Register(store.engine)
        judge = Judge(
            rules=rules,
            register=register,
            internal_domains=settings.register_.internal_domains,
            partners=settings.register_.partners,
            changed_days=settings.register_.changed_days,
            freshness=FreshnessWatch(store.engine, settings.register_, store.clock),
            clock=store.clock,
            budget=budget_of(settings),
            extractor=extractor,
            recognizer=recognizer,
            at_the_door=ReadLater(recognizer) if recognizer and settings.message.ocr == "later" else None,
            tag_key=partial(store.sealer.derive, Purpose.FINDING),
            bodies=body_memory() if remember else None,
            files=file_memory() if remember else None,
        )
        yield Guard(settings, store, register, judge, files, recognizer)


def budget_of(settings: Settings) -> Budget:
    """Room for every message that the front door takes, with the `Received` line that it puts on top."""
    size = max(Budget().size, settings.smtp.max_message_bytes + MOST_RECEIVED_OCTETS)
    return Budget(size=size, pictures=0 if settings.message.ocr == "off" else settings.message.ocr_pictures)


def open_recognizer(settings: Settings) -> Tesseract | None:
    """Who reads words off pictures; nobody when it is off. Raises ConfigError where Tesseract lacks something."""
    if settings.message.ocr == "off":
        return None
    try:
        return Tesseract(settings.message.ocr_languages)
    except NoTesseract as error:
        raise ConfigError(None, "message.ocr", str(error)) from None


def load_rules(settings: Settings, *, prove: bool = True) -> Rules:
    """Read the rules, and prove them by their examples. Raises RulesError for a pattern or example that fails."""
    return load_folders(rule_folders(settings), settings, prove=prove)
