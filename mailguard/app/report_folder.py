"""Where `mailguard report weekly` writes when nobody says where."""

from pathlib import Path

from mailguard.core.settings import Settings


def report_folder(settings: Settings) -> Path:
    """`reports/` beside the key file: the one folder that the guard may certainly write to."""
    return settings.store.key_file.parent / "reports"
