"""Letters that the guard itself writes, and what it tells other systems."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from mailguard.core.settings.section import Section
from mailguard.core.settings.types import Folder, Language, MailAddress, is_loopback, plain_name

WebhookEvent = Literal["hold", "decision", "escalation", "expiry", "break_glass", "breach", "trouble"]
_EVERY_EVENT: tuple[WebhookEvent, ...] = (
    "hold", "decision", "escalation", "expiry", "break_glass", "breach", "trouble",
)  # fmt: skip


def _hook_address(value: str) -> str:
    # Never quoted in the message: the path of a chat system's hook is a secret of its own.
    try:
        url = urlsplit(value)
        whole = url.hostname and not url.fragment and (url.port or True) and value.isprintable() and " " not in value
    except ValueError:
        whole = False
    if not whole or url.scheme not in ("http", "https"):
        raise ValueError('write an address such as "https://chat.operator.example/hooks/4711"')
    if url.username or url.password:
        raise ValueError("write no user name or password into it: deliveries are signed")
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        raise ValueError("deliveries go over https only; http is for loopback")
    return value


def _each_once(value: list["WebhookSettings"]) -> list["WebhookSettings"]:
    names = [hook.name for hook in value]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{min(twice)!r} is the name of two: give each a name of its own")
    return value


def _hours(value: list[int]) -> list[int]:
    return sorted(set(value))


Hour = Annotated[int, Field(ge=0, le=23)]


class WebhookSettings(Section):
    """A system that is told of events over HTTP, signed; a chat system, say."""

    name: Annotated[str, AfterValidator(plain_name("chat"))]
    url: Annotated[str, AfterValidator(_hook_address)]
    """https; http on loopback only. No redirect is followed."""
    secret_file: Path
    """Holds the secret that deliveries are signed with (HMAC-SHA256), 16 characters at least, on one line."""
    ca_file: Path | None = None
    """Whose certificates count (PEM); else the machine's own."""
    events: list[WebhookEvent] = Field(list(_EVERY_EVENT), min_length=1)


class NoticeSettings(Section):
    """Letters that the guard itself writes."""

    from_address: MailAddress = "mailguard@localhost.localdomain"
    language: Language = "en"
    templates: Folder = None
    """Folder with the operator's own letters (`fi/held.txt`, `fi/words.yaml`); what is missing there is ours."""
    digest: Annotated[list[Hour], AfterValidator(_hours)] = []
    """Hours of the day, in `calendar.time_zone`, at which reviewers get one letter with all that waits, instead of one
    for each held message; empty: one for each, at once. `mailguard users digest` gives somebody hours of their own."""
    most_an_hour: int = Field(20, ge=0)
    """Letters about single cases that one reviewer gets in an hour; what would be more comes in one. 0: no limit."""
    dealt_with: bool = True
    """Tell those who were asked to decide that somebody else has."""
    queue_hours: float = Field(24, gt=0)
    """Ops is told when a held message has waited longer for a decision."""
    stuck_minutes: int = Field(60, ge=5)
    """Ops is told when a letter of the guard or an approved message is due for longer and does not go out."""
    webhooks: Annotated[list[WebhookSettings], AfterValidator(_each_once)] = []
