"""Judge a message: read it, find what it carries and whom it is about, and ask the policy."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mailguard.cases.rules import Rules
from mailguard.cases.tags import tag_findings
from mailguard.core.clock import Clock, utc_now
from mailguard.core.envelope import Envelope
from mailguard.core.errors import RegisterError
from mailguard.core.finding import Finding
from mailguard.core.part import Letter, Trouble
from mailguard.core.remembered import Keepsakes
from mailguard.core.verdict import Judgement
from mailguard.customers.freshness import Freshness
from mailguard.customers.register import Register
from mailguard.detect.people import count_people
from mailguard.detect.quiet import Quiet
from mailguard.message.blob import Blob
from mailguard.message.extractor import Extract, ExtractionFailed, Extractor
from mailguard.message.known_files import FileMemory, KnownFiles, file_memory
from mailguard.message.known_texts import BodyMemory, KnownTexts, body_memory
from mailguard.message.read import Budget, read_letter
from mailguard.message.recognizer import Recognizer
from mailguard.namesake.identify import Identification, identify
from mailguard.namesake.relate import relate

_OVERFULL = "it has more places that look like secrets than can be looked at"
_AT_ONCE_CHARACTERS = 256 * 1024
"""Text that may be gathered from a letter judged at once. What is packed in 13 kB unpacks to megabytes, and judging
those takes seconds."""
_AT_ONCE_SECONDS = 0.05
_PATIENT_SECONDS = 600.0
"""For attachments and pictures of a message for which nobody waits: 200 scanned pages at three seconds each."""


class Judge:
    """Everything that a verdict needs. One judge serves many threads."""

    def __init__(
        self,
        *,
        rules: Rules,
        register: Register,
        internal_domains: Sequence[str],
        partners: Sequence[str] = (),
        changed_days: int = 30,
        freshness: Callable[[], Freshness] | None = None,
        clock: Clock = utc_now,
        budget: Budget | None = None,
        extractor: Extractor | None = None,
        recognizer: Recognizer | None = None,
        at_the_door: Recognizer | None = None,
        tag_key: Callable[[], bytes] | None = None,
        bodies: BodyMemory | None = None,
        files: FileMemory | None = None,
    ) -> None:
        """`at_the_door` stands in for `recognizer` while a client waits, where that takes too long.

        `tag_key` gives the key of findings' tags, asked each time: keys are exchanged while the guard serves.
        `bodies` and `files` are those that come again and again, if they are kept; a set of rules has memories of its
        own. A letter that anything was found in leaves nothing in any.
        """
        self.rules = rules
        """The set in force. Whoever puts another one in its place has it hold from the next message on."""
        self._register = register
        self._internal_domains = tuple(internal_domains)
        self._partners = tuple(partners)
        self._changed_days = changed_days
        self._freshness = freshness
        self._clock = clock
        self._budget = self._patient = budget or Budget()
        self._at_once = replace(self._budget, expanded=_AT_ONCE_CHARACTERS, seconds=_AT_ONCE_SECONDS)
        if at_the_door is not None:
            self._patient = replace(self._budget, extraction_seconds=_PATIENT_SECONDS)
        self._extractor = extractor
        self._recognizer = recognizer
        self._at_the_door = at_the_door or recognizer
        self._tag_key = tag_key
        self._bodies = body_memory(most=0) if bodies is None else bodies
        self._files = file_memory(most=0) if files is None else files

    def judge(self, envelope: Envelope, raw: bytes) -> Judgement:
        """The verdict on exactly these bytes and this envelope.

        Raises RegisterError when the register cannot be reached: then nobody knows whose address it is, and the client
        must try again. Every other failure means that the message is held as unreadable (principle 2: fail closed).
        """
        self._register.require()
        keepsakes = Keepsakes()
        # Before the register is opened: a slow attachment must not keep one of its connections.
        texts, files = KnownTexts(self._bodies, keepsakes), self._opener(keepsakes)
        letter = read_letter(raw, self._budget, files, self._at_the_door, texts)
        return self._judge(envelope, letter, keepsakes).until_read()

    def judge_patiently(self, envelope: Envelope, raw: bytes) -> Judgement:
        """The same with the words of all its pictures, if they are left for later at the door. Raises as that."""
        self._register.require()
        return self._judge(envelope, self.read(raw), Keepsakes())

    def judge_at_once(self, envelope: Envelope, raw: bytes) -> Judgement | None:
        """The verdict of `judge`, where the letter is read without unpacking anything; else None, soon.

        For whoever must not be kept waiting: what a letter is made of is known by reading it only, since names, types
        and encodings are what its writer says. Raises RegisterError.
        """
        self._register.require()
        keepsakes = Keepsakes()
        letter = read_letter(raw, self._at_once, _NobodyWaits(), texts=KnownTexts(self._bodies, keepsakes))
        # Any trouble: with time and worker processes it may be none.
        return None if letter.troubles else self._judge(envelope, letter, keepsakes)

    def _opener(self, keepsakes: Keepsakes) -> Extractor | None:
        return self._extractor and KnownFiles(self._extractor, self._files, keepsakes)

    def _judge(self, envelope: Envelope, letter: Letter, keepsakes: Keepsakes) -> Judgement:
        # Taken once: rules that are exchanged meanwhile must not judge one half of a message each.
        rules = self.rules
        with self._register.at_once() as register:
            try:
                return self._conclude(rules, envelope, letter, register, keepsakes)
            except RegisterError:
                raise
            except Exception:
                # The exception's text may quote the letter, so it goes nowhere; the message is held for a person.
                return self._give_up(rules, envelope, letter, register)

    def read(self, raw: bytes) -> Letter:
        """The letter as it is judged, with what its attachments say. Never raises."""
        return read_letter(raw, self._patient, self._opener(Keepsakes()), self._recognizer)

    def _conclude(
        self, rules: Rules, envelope: Envelope, letter: Letter, register: Register, keepsakes: Keepsakes
    ) -> Judgement:
        letter, findings, people = examine(rules, letter, Quiet(rules.quiet, keepsakes))
        if findings:
            if self._tag_key is not None:
                findings = tag_findings(findings, self._tag_key())
            identification = identify(letter, register, rules.patterns)
        else:
            identification = rules.contents.identify(letter, register, rules.patterns, keepsakes)
        judgement = self._decide(rules, letter, envelope, identification, register, findings, people)
        if not findings and not letter.troubles:
            keepsakes.keep()
        return judgement

    def _give_up(self, rules: Rules, envelope: Envelope, letter: Letter, register: Register) -> Judgement:
        trouble = Trouble("unreadable", "message", "the message could not be judged by the program")
        unread = Letter(letter.subject, letter.message_id, letter.headers, letter.parts, (*letter.troubles, trouble))
        return self._decide(rules, unread, envelope, Identification(()), register, (), 0)

    def _decide(
        self,
        rules: Rules,
        letter: Letter,
        envelope: Envelope,
        identification: Identification,
        register: Register,
        findings: Sequence[Finding],
        people: int,
    ) -> Judgement:
        relations = relate(
            envelope.recipients,
            identification.customers,
            register,
            self._internal_domains,
            partners=self._partners,
            changed_days=self._changed_days,
            at=self._clock(),
        )
        fresh = self._freshness() if self._freshness is not None else None
        return rules.policy.decide(
            letter,
            envelope.recipients,
            identification,
            relations,
            findings,
            people,
            stale_register=fresh is not None and fresh.stale,
            register_age_hours=fresh.age_hours if fresh is not None else None,
        )


def examine(rules: Rules, letter: Letter, quiet: Quiet | None = None) -> tuple[Letter, tuple[Finding, ...], int]:
    """The letter with what these rules could not look through, what they find in it, and on how many people."""
    examined = rules.detector.examine(letter, quiet)
    overfull = tuple(Trouble("unreadable", part, _OVERFULL) for part in examined.exhausted)
    if overfull:
        letter = replace(letter, troubles=(*letter.troubles, *overfull))
    return letter, examined.findings, count_people(letter, examined.findings, quiet)


class _NobodyWaits:
    """In the place of the worker processes: what they would have to read is a trouble."""

    def extract(self, blob: Blob, kind: str, budget: Budget) -> Extract:
        raise ExtractionFailed("the attachment was not opened")
