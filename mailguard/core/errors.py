"""The tree of errors. Each knows the answer that an SMTP client gets, so that no exception text goes over the wire.

Codes are RFC 5321, section 4.2; enhanced status codes RFC 3463.
"""

from collections.abc import Sequence
from pathlib import Path

from mailguard.core.marking import N_


class MailguardError(Exception):
    """Anything that this program raises by itself."""

    smtp_code = 451
    enhanced_code = "4.3.0"
    smtp_text = "temporary local problem, please try again later"

    @property
    def smtp_answer(self) -> str:
        """The fixed answer to the client: code, enhanced status code, text without any detail."""
        return f"{self.smtp_code} {self.enhanced_code} {self.smtp_text}"


class ConfigError(MailguardError):
    """A configuration that cannot be used; says which file, which key, and how to mend it."""

    def __init__(self, file: Path | str | None, key: str, mend: str) -> None:
        self.file, self.key, self.mend = file, key, mend
        super().__init__(f"{file or 'configuration'}: {key}: {mend}")


class RulesError(ConfigError):
    """A rule pack, policy table or wording that cannot be used."""


class InputError(MailguardError):
    """A file or argument given by the operator cannot be read."""


class LoginRefused(MailguardError):
    """Somebody whom the provider knows is not let in here; the code says why, to the log and the audit trail."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class ProviderError(MailguardError):
    """The provider of logins does not answer, or not as it must; names no value of its answer."""


class StoreError(MailguardError):
    """Database, disk or key trouble: nothing was kept, the client must try again (promise 10)."""

    smtp_text = "cannot keep the message safely right now, please try again later"

    def __init__(self, text: str = "", *, reason: str = "") -> None:
        self.reason = reason
        """What is wrong, in words of ours that name no host and no file: anybody may be told. Empty: not known."""
        super().__init__(text)


class DiskFull(StoreError):
    """No room to keep a message (RFC 5321, section 4.2.3: 452; RFC 3463, section 3.4: X.3.1)."""

    smtp_code = 452
    enhanced_code = "4.3.1"
    smtp_text = "no room to keep the message right now, please try again later"


class ClaimLost(StoreError):
    """Another release worker has taken the case meanwhile: this one must not send it."""


class RegisterError(MailguardError):
    """The customer register cannot be reached: judging would be blind."""

    smtp_text = "cannot check the recipients right now, please try again later"


class SourceError(RegisterError):
    """A source of the register gave no whole answer; the register stays as it was."""


class TooManyDropped(RegisterError):
    """A whole source lacks such a share (0 to 1) of its customers that it is rather broken than right.

    The register stays as it was.
    """

    def __init__(self, name: str, dropped: int, customers: int, allowed: float) -> None:
        self.name, self.dropped, self.customers, self.allowed = name, dropped, customers, allowed
        super().__init__(
            f"{name}: {dropped} of {customers} customers on record are missing from it "
            f"({100 * dropped / customers:.1f} %, {100 * allowed:g} % may be): nothing was changed. "
            "If they have left, raise register.most_dropped_percent for this once"
        )


class NextHopError(MailguardError):
    """The next hop cannot be reached, or was lost before it answered."""

    enhanced_code = "4.4.1"
    smtp_text = "the next hop does not answer, please try again later"


class AnswerLost(NextHopError):
    """The next hop was lost between the final dot and its answer: it may have taken the message.

    The client must try again (RFC 5321, section 4.5.5 prefers a duplicate to a loss).
    """


class RefusedMessage(MailguardError):
    """The message or command breaks the protocol in a way that is never let through."""

    smtp_code = 550
    enhanced_code = "5.6.0"
    smtp_text = "message refused"


class BareLineEnding(RefusedMessage):
    """Bare CR, bare LF or NUL in DATA: the raw material of SMTP smuggling (RFC 5321, section 2.3.8)."""

    enhanced_code = "5.5.2"
    smtp_text = "bare CR, bare LF or NUL in message data is not accepted"


class MessageTooBig(RefusedMessage):
    """More octets than `smtp.max_message_bytes`."""

    smtp_code = 552
    enhanced_code = "5.3.4"
    smtp_text = "message exceeds the size limit"


class OddAddress(RefusedMessage):
    """An address whose judged form and wire form could differ (promise 6)."""

    smtp_code = 553
    enhanced_code = "5.1.3"
    smtp_text = "address syntax not accepted"


class DecisionError(MailguardError):
    """A decision that cannot be carried out.

    The text may have places for values, such as `%(most)s`: so it can be said in the reader's language too.
    """

    def __init__(self, text: str = "", **values: object) -> None:
        self.text, self.values = text, values
        super().__init__(text % values if values else text)


class NotYours(DecisionError):
    """Four eyes: the person is in the sender's identity set, or has no role that decides. HTTP 403."""


class AlreadyDecided(DecisionError):
    """The case is no longer in a state from which that step exists. HTTP 409."""


class ChangedMeanwhile(AlreadyDecided):
    """Somebody else has changed it since the person read it; nothing was changed by them. HTTP 409."""


class Taken(AlreadyDecided):
    """Somebody else is at the case; it can be taken over from them. HTTP 409."""


class BadDecision(DecisionError):
    """The decision itself makes no sense: unknown recipient, missing reason. HTTP 422."""


class BadFact(BadDecision):
    """A fact of a breach that cannot be written down so; the text says why, without the field's name. HTTP 422."""

    def __init__(self, fact: str, text: str, **values: object) -> None:
        super().__init__(text, **values)
        self.fact = fact

    def __str__(self) -> str:
        return f"{self.fact}: {super().__str__()}"


class StillLacking(BadDecision):
    """A breach that cannot be closed yet. HTTP 422."""

    def __init__(self, lacking: Sequence[str]) -> None:
        super().__init__(N_("it cannot be closed yet"))
        self.lacking = lacking

    def __str__(self) -> str:
        return f"{super().__str__()}: write down {'; '.join(self.lacking)}"


class AttentionNeeded(BadDecision):
    """The attention check is not answered, or wrongly; nothing was decided. HTTP 422."""


class CannotCorrect(BadDecision):
    """A message cannot be sent to the address on record instead; the text says why. HTTP 422."""


class CannotAsk(BadDecision):
    """An address that cannot be asked whether it is its customer's; the text says why. HTTP 422."""


class NoSuchCase(DecisionError):
    """There is no case of that id. HTTP 404."""


class NoSuchBreach(DecisionError):
    """There is no breach of that number in the register. HTTP 404."""


class NoSuchReport(DecisionError):
    """There is no report of that number by a reader or one of the staff. HTTP 404."""


class NoSuchPair(DecisionError):
    """There is no remembered pair of that number, or it has been taken back. HTTP 404."""


class NoSuchDelegation(DecisionError):
    """There is no delegation of that number. HTTP 404."""
