"""Reports as files: the page, the PDF, the CSV and the JSON of one week, and their names."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from mailguard.core.errors import InputError
from mailguard.report.figures import WeeklyFigures
from mailguard.report.pdf import render_pdf
from mailguard.report.render import render_csv, render_html, render_json

FORMS: Mapping[str, Callable[[WeeklyFigures], bytes]] = {
    "html": lambda figures: render_html(figures).encode(),
    "csv": lambda figures: render_csv(figures).encode(),
    "json": lambda figures: render_json(figures).encode(),
    "pdf": render_pdf,
}
"""What a report is written as, by the ending of its file."""
QUICK = ("html", "csv", "json")
"""All but the PDF, which takes some seconds."""


def file_name(week: str, form: str) -> str:
    """`mailguard-report-2026-W46.html`."""
    return f"mailguard-report-{week}.{form}"


def write_report(figures: WeeklyFigures, folder: Path, forms: tuple[str, ...] = QUICK) -> tuple[Path, ...]:
    """Write the report in each of the forms, each file whole or not at all; gives their paths.

    The files are for their owner only (0600): addresses of senders are in them. Raises InputError when the folder
    cannot be written to, or a form cannot be made here (`render_pdf`).
    """
    contents = {file_name(figures.week.name, form): FORMS[form](figures) for form in forms}
    return write_files(folder, contents)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files by name, as `write_report` does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_replace(folder / name, content) for name, content in contents.items())
    except OSError as error:
        raise InputError(f"{folder}: the report cannot be written: {error.strerror}") from None


def _replace(file: Path, content: bytes) -> Path:
    with NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, file)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
    return file
