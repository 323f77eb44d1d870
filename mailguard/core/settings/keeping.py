"""What is written down and how long it is kept: store, audit trail, journal."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mailguard.core.reason import ReasonCode
from mailguard.core.settings.section import Section

DATA_FOLDER = Path("mailguard-data")
"""Where everything is kept when no configuration names a place."""


class StoreSettings(Section):
    """Where held mail is kept."""

    database_url: str = f"sqlite:///{DATA_FOLDER}/guard.db"
    key_file: Path = DATA_FOLDER / "guard.key"
    retention_days: int = Field(90, ge=1)
    """Days after its end that a case keeps its sealed body."""
    metadata_days: int = Field(730, ge=1)
    """Days after its end that everything else about a case is kept; the audit trail stays."""
    metadata_days_for: dict[ReasonCode, Annotated[int, Field(ge=1)]] = {}
    """Other terms for cases with these reasons, for example `{ namesake = 1825 }`; the longest holds."""
    min_free_mb: int = Field(256, ge=0)
    """Free space on the disk of a SQLite store, in MiB, below which mail to be held is asked to come later (452)."""


class AuditSettings(Section):
    """Where the head of the audit chain is written down outside the database."""

    anchor_file: Path | None = None
    """A line is appended to it at each anchor; best on another machine's disk."""
    anchor_syslog: bool = False
    anchor_hours: int = Field(24, ge=1)
    verify_hours: int = Field(24, ge=0)
    """The whole chain is checked so often, by one of the nodes; 0: only by `mailguard audit verify`."""


class JournalSettings(Section):
    """The line that is written down of every message, passed ones too: envelope, size, customers, fate; no content."""

    keep_days: int = Field(400, ge=0, le=3660)
    """Days after which a line is removed; 0: none is written."""
