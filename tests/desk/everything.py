"""A desk with something on every page, and every page that it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

from mailguard.cases.awaiting.claim import claim_unread
from mailguard.cases.awaiting.conclude import try_again
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.core.envelope import Envelope
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.rights import RIGHTS
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.reports.intake import Submission, take_submission
from mailguard.incidents.reports.report import Channel
from mailguard.store.store import Store
from tests.desk.conftest import URL
from tests.desk.held import NAMESAKE, hold_hostile, hold_lookalike, hold_namesake, hold_unconfirmed, hold_unrelated
from tests.desk.small_register import audit, bring_in, put_dispute, put_pair, put_question

HOSTILE = "<script>document.title='owned'</script>\u202etxt.exe"

_PART = re.compile(r"{(\w+)}")
_NO_PAGE = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/reports/{name}",
    "/reports/trend.svg",
    "/breaches/export/{form}",
    "/breaches/{breach_id}/drafts/{kind}/{language}/{form}",
    "/cases/events",
    "/cases/news",
    "/cases/{case_id}/html/{number}",
    "/account/second/code.svg",
    "/confirm/{link}",
    "/report-a-letter/{link}",
)
"""Files, streams, probes and what stands in a frame; and the pages of strangers, which have tests of their own."""


@dataclass(frozen=True, slots=True)
class Everything:
    """What the pages' addresses are made of."""

    cases: tuple[str, ...]
    breach_id: str

    def values(self) -> dict[str, tuple[str, ...]]:
        """By the name that a route gives it."""
        return {
            "case_id": self.cases,
            "breach_id": (self.breach_id,),
            "number": ("1",),
            "kind": ("authority",),
            "language": ("fi",),
        }


def fill(store: Store, folder: Path) -> Everything:
    """Held mail of each kind, a register with risks, a breach that is late, a reported leak."""
    bring_in(store, folder)
    audit(store)
    put_pair(store, "m.virtanen@work.example", "1001")
    put_pair(store, NAMESAKE, "1001", approved=False)
    put_dispute(store, "other@post.example", None)
    put_question(store, "ina@gmial.com", "3001")
    facts = BreachFacts("Partner's list of 776 customers", aware_at=store.clock() - timedelta(hours=80))
    with store.writing() as session:
        breach_id = open_breach(session, store, facts, origin=Origin.HAND, by="adam", at=store.clock())
    settings = Settings(desk=DeskSettings(public_url=URL))
    said = Submission("reader@mail.example", "This is not mine.", Channel.PAGE, "en", "order 7731", network="192.0.2.1")
    take_submission(store, settings, said)
    hold_unrelated(store)
    cases = (
        hold_namesake(store, approvals=2, rule="bundle.username_password"),
        hold_lookalike(store),
        hold_unconfirmed(store),
        hold_hostile(store, HOSTILE),
    )
    keep_unread(store, Envelope(HOSTILE, (NAMESAKE,)), b"Subject: later\r\n\r\n")
    if (job := claim_unread(store, store.clock())) is not None:
        try_again(store, job, "451 4.3.0 later", store.clock())
    return Everything(cases, breach_id)


def pages(known: Everything) -> Iterator[str]:
    """The address of every page; one with a part that nobody has given a value for is an error of the tests."""
    values = known.values()
    for method, path in (route.split(" ", 1) for route in RIGHTS):
        if method != "GET" or path.startswith("/api/") or path in _NO_PAGE:
            continue
        names = sorted(set(_PART.findall(path)))
        for chosen in product(*(values[name] for name in names)):
            yield path.format(**dict(zip(names, chosen, strict=True)))
    yield from ("/cases?state=decided", "/cases?q=nothing-has-this", "/register/audit?kind=typo_domain", "/nothing")
    yield f"/trace?q={NAMESAKE}"
