"""`mailguard users digest`: when somebody is told what waits."""

from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, LoginName, out, settings_of, told
from mailguard.notices.letter import house_zone
from mailguard.store.people.digests import AT_ONCE, parse_hours, set_digest
from mailguard.store.store import open_store


def digest(
    name: LoginName,
    hours: Annotated[
        str,
        typer.Argument(
            metavar="HOURS",
            help="Hours of the day, such as 8,13; `now`: a letter for each case; `default`: as configured.",
        ),
    ],
    config: ConfigOption = None,
) -> None:
    """Have a reviewer get one letter with all that waits at certain hours, instead of one for each held message."""
    with told():
        settings = settings_of(config)
        chosen = parse_hours(hours)
        with open_store(settings.store) as store:
            set_digest(store, name, chosen)
    if chosen == AT_ONCE:
        out.print(f"{name} gets a letter for each case, at once")
    elif chosen:
        out.print(f"{name} gets one letter at {chosen.replace(',', ' and ')} o'clock, {house_zone(settings)}")
    else:
        out.print(f"{name} is told as notices.digest says")
