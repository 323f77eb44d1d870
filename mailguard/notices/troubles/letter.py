"""The letter about a trouble, or about its end: all of them are written alike."""

from datetime import datetime

from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.notices.drafting import draft_letter, facts_and_link, moment
from mailguard.notices.letter import write_message
from mailguard.notices.links import at_desk
from mailguard.notices.wording import Wording, house_wording
from mailguard.store.tables.outbox import NoticeRow

_FACTS: dict[str, tuple[str, ...]] = {
    "disk": ("at", "disk_free", "disk_reserve"),
    "register": ("source", "last_sync", "problem"),
    "stale": ("at", "source", "last_sync"),
    "rules": ("at", "problem"),
    "report": ("at",),
    "queue": ("hook", "waiting", "oldest_at"),
    "digest": ("at", "address"),
    "audit": ("at", "entry", "problem"),
}
"""What a letter shows, by the names of its labels; what its details lack is left out."""
TOPICS = tuple(_FACTS)
_LONGEST = 500


def is_trouble(kind: str) -> bool:
    """Whether a letter of that kind is one of these."""
    return kind.rpartition("_")[0] in TOPICS and kind.endswith(("_trouble", "_well"))


def compose_trouble(notice: NoticeRow, settings: Settings) -> bytes:
    """The letter as it goes over the wire.

    Raises OddAddress for a recipient that cannot be written to safely, ConfigError for an operator's template that
    fails.
    """
    wording = house_wording(settings)
    topic, details = notice.kind.rpartition("_")[0], notice.details
    about = one_line(str(details.get("about", "")), _LONGEST)
    values = {name: one_line(str(value), _LONGEST) for name, value in details.items()} | {"about": about}
    labels = wording.words["labels"]
    rows = tuple(
        (str(labels[name]), value) for name in _FACTS[topic] if (value := _fact(name, notice, wording, settings))
    )
    inserts = facts_and_link(wording, rows, "open_desk", at_desk(settings, "cases"))
    draft = draft_letter(wording, notice.kind, values, inserts, topic=f"{topic}-{about}" if about else topic)
    return write_message(notice, draft, settings)


def _fact(name: str, notice: NoticeRow, wording: Wording, settings: Settings) -> str:
    if name == "at":
        return moment(notice.created_at, wording, settings)
    value = notice.details.get(name)
    if name in ("last_sync", "oldest_at") and name in notice.details:
        if not value:
            return str(wording.words["never"])
        return moment(datetime.fromisoformat(str(value)), wording, settings)
    return "" if value is None else one_line(str(value), _LONGEST)
