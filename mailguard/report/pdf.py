"""The report's page as PDF: printed from the same HTML. The same page always gives the same bytes."""

from mailguard.core.paper import print_pdf
from mailguard.report.figures import WeeklyFigures
from mailguard.report.render import render_html


def render_pdf(figures: WeeklyFigures) -> bytes:
    """The page on paper (A4), made at the week's end as far as the file says.

    Raises InputError where no PDF can be made here; the rest of the report does without.
    """
    return print_pdf(render_html(figures))
