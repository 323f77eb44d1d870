"""What a held message teaches its sender, in the visitor's language: the lessons of the rules' wording."""

from collections.abc import Iterable

from mailguard.core.errors import ConfigError
from mailguard.desk.desk import Desk
from mailguard.desk.language.rules_wording import rules_wording


def lessons(desk: Desk, topics: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each topic that has one; none while the rules' wording cannot be read."""
    try:
        wording = rules_wording(desk.settings)
    except ConfigError:
        return ()
    keys = (f"lessons.{topic}" for topic in sorted(topics))
    return tuple(dict.fromkeys(wording.say(key) for key in keys if wording.has(key)))
