"""Letters in real Chromium: on a telephone and a screen, light and dark, with hostile values in them."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from mailguard.core.case import CaseState
from mailguard.core.settings import Settings
from mailguard.notices.compose import compose
from mailguard.notices.digest.letter import compose_digest
from mailguard.notices.digest.waiting import Digest, Done, Waiting
from mailguard.notices.facts import CaseFacts
from mailguard.store.tables.outbox import NoticeRow
from tests.desk.window import chromium
from tests.notices.outbox import parsed

__all__ = ["chromium"]

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LONG = f"{'kari.virtanen.' * 5}@{'a-long-domain-name.' * 4}example"
HOSTILE = '"><img src=x onerror=alert(1)></td></table><script>alert(1)</script>‮'
_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
REASONS = ("namesake", "credential")


def _letters() -> dict[str, EmailMessage]:
    settings = Settings(desk={"public_url": "https://guard.operator.example"})
    facts = CaseFacts(
        case_id="MG-7K4M-92QT",
        state=CaseState.HELD,
        received_at=AT,
        sender="seller@operator.example",
        message_id="<order-1@operator.example>",
        recipients=((LONG, REASONS), (HOSTILE, ())),
        reasons=REASONS,
        decision_reason=HOSTILE * 5,
        lessons=("namesake", "credential_pin"),
    )
    row = NoticeRow(id=7, kind="held", to="seller@operator.example", case_id=facts.case_id, details={}, created_at=AT)
    cases = tuple(
        Waiting(f"MG-7K4M-92Q{number}", number, HOSTILE if number else LONG, AT, AT + timedelta(days=7), REASONS)
        for number in range(4)
    )
    digest = Digest(27, cases, (Done("MG-7K4M-92QT", CaseState.REJECTED, HOSTILE),))
    letters = {}
    for kind in ("held", "rejected", "dealt_with"):
        letters[kind] = compose(row.model_copy(update={"kind": kind}), facts, settings)
    letters["digest"] = compose_digest(row.model_copy(update={"kind": "digest"}), digest, settings)
    return {kind: parsed(raw) for kind, raw in letters.items()}


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (600, "light")])
def test_they_are_readable_and_run_nothing(chromium: Browser, width: int, scheme: Literal["dark", "light"]) -> None:
    """Nothing sticks out, axe-core finds nothing, no script runs, and no request is made."""
    found: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 600}, color_scheme=scheme)
    page.on("request", lambda request: found.append(f"asks for {request.url}"))
    page.on("dialog", lambda dialog: found.append("runs a script"))
    for kind, letter in _letters().items():
        part = letter.get_body(("html",))
        assert part is not None
        page.set_content(part.get_content())
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{kind} is {wide} wide")
        violations = Axe().run(page, options=_OPTIONS).response["violations"]
        found += [f"{kind}: {violation['id']}" for violation in violations]
    page.close()
    assert found == []
