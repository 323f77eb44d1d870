"""What goes wrong when people write: the lesson of a held message, and what a team keeps getting wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mailguard.core.reason import ReasonCode
from mailguard.core.severity import BUNDLES

ELSEWHERE = ""
"""The team of a pattern of several small teams, of which none is named."""
_NOBODYS = frozenset({ReasonCode.CREDENTIAL.value, ReasonCode.STALE_REGISTER.value, ReasonCode.REFUSED.value})
"""Credentials are told apart by their kind; an old register and a next hop that refuses are no sender's mistake."""
_CREDENTIALS = {
    "password": "credential_password",
    "pin": "credential_pin",
    "puk": "credential_pin",
    "access_code": "credential_code",
    "derivable_hint": "credential_password",
    "api_key": "credential_key",
    "private_key": "credential_key",
}
_ACCOUNT = "credential_account"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One mistake of one team that several people made."""

    team: str
    topic: str
    """Key of the lesson: a reason code, or `credential_` and what it was."""
    messages: int
    people: tuple[tuple[str, int], ...]
    """Pseudonyms and how many messages each, most first."""


class Coaching(Protocol):
    """Where the patterns of any time come from."""

    def patterns(self, since: datetime, until: datetime) -> Sequence[Pattern]:
        """From `since` until before `until`, most messages first."""

    def lesson(self, topic: str) -> str:
        """The sentence for a topic."""

    def open_pseudonym(self, pseudonym: str, since: datetime, until: datetime) -> str | None:
        """Whose it is, of the people who are shown for that time; None: nobody's. Whoever calls audits it."""


def topics_of(judgement: Mapping[str, Any]) -> frozenset[str]:
    """The lessons that a held message is an occasion for, from its stored judgement."""
    codes = {str(reason["code"]) for reason in judgement.get("reasons", ())}
    topics = codes & {code.value for code in ReasonCode} - _NOBODYS
    if ReasonCode.CREDENTIAL in codes:
        found = judgement.get("findings", ())
        whole = any(str(finding["rule"]).startswith(BUNDLES) for finding in found)
        kinds = {_CREDENTIALS[finding["kind"]] for finding in found if finding["kind"] in _CREDENTIALS}
        # A password beside its user name is one lesson, not two.
        topics |= kinds - {"credential_password"} | {_ACCOUNT} if whole else kinds
    return frozenset(topics)
