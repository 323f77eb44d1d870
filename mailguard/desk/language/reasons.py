"""Why a message is held, in the visitor's language: said anew from what the stored sentence is made of."""

from collections.abc import Sequence
from dataclasses import replace

from mailguard.cases.listing import CaseSummary
from mailguard.cases.reading import CaseDetail
from mailguard.core.errors import ConfigError
from mailguard.core.phrase import Phrase
from mailguard.core.settings import Settings
from mailguard.desk.language.made import say_made
from mailguard.desk.language.rules_wording import rules_wording
from mailguard.policy.saying import say


def say_cases(settings: Settings, cases: Sequence[CaseSummary]) -> tuple[CaseSummary, ...]:
    """The lines of a list, each with its reason as the visitor reads it."""
    return tuple(replace(case, reason=say_reason(settings, case.reason, case.phrase)) for case in cases)


def say_reasons(settings: Settings, case: CaseDetail) -> tuple[tuple[str, str], ...]:
    """Code and sentence of each reason, worst first."""
    return tuple(
        (reason["code"], say_reason(settings, reason["text"], phrase))
        for reason, phrase in zip(case.reasons, case.phrases, strict=True)
    )


def say_reason(settings: Settings, text: str, phrase: Phrase | None) -> str:
    """The sentence; the stored `text` where nothing else is stored, or the rules' wording lacks what it takes."""
    if phrase is None:
        return text
    try:
        return say(phrase, rules_wording(settings), say_made)
    except (ConfigError, KeyError):
        return text
