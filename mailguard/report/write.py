"""Write a report into a folder: the page, the CSV and the JSON of one week."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from mailguard.core.errors import InputError
from mailguard.report.figures import WeeklyFigures
from mailguard.report.render import render_csv, render_html, render_json


def write_report(figures: WeeklyFigures, folder: Path) -> tuple[Path, ...]:
    """Write `mailguard-report-2026-W46.html`, `.csv` and `.json`, each whole or not at all; gives their paths.

    The files are for their owner only (0600): addresses of senders are in them. Raises InputError when the folder
    cannot be written to.
    """
    stem = f"mailguard-report-{figures.week.name}"
    texts = {".html": render_html(figures), ".csv": render_csv(figures), ".json": render_json(figures)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_replace(folder / f"{stem}{suffix}", text) for suffix, text in texts.items())
    except OSError as error:
        raise InputError(f"{folder}: the report cannot be written: {error.strerror}") from None


def _replace(file: Path, text: str) -> Path:
    with NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as draft:
        try:
            draft.write(text.encode())
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, file)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
    return file
