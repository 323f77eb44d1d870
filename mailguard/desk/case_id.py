"""The ids of cases in addresses, forms and cookies."""

import re
from typing import Annotated

from fastapi import Path

from mailguard.core.errors import NoSuchCase

CASE_ID = re.compile(r"MG-[0-9A-Z]{4}-[0-9A-Z]{4}")
"""The shape of a case id (core.ids); nothing else is looked up or linked to."""

CaseId = Annotated[str, Path(max_length=40, examples=["MG-7K4M-92QT"])]
"""In a path. Who may see such a case, and whether it can be one, is asked for every route in `desk.visitor`."""


def require_case_id(case_id: str) -> None:
    """Raises NoSuchCase for what cannot be a case id, before the database is asked (NUL, half characters)."""
    if not CASE_ID.fullmatch(case_id):
        raise NoSuchCase("there is no such case")
