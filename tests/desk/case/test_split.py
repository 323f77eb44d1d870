"""A message that some have already: the case page names them, and offers to decide for nobody but the others."""

from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from mailguard.cases.holding.prepare import prepare_hold
from mailguard.cases.holding.set_aside import keep, set_aside
from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import RecipientVerdict, Verdict
from mailguard.store.store import Store
from tests.desk.conftest import Browser
from tests.support.letters import CUSTOMER, SENDER, judgement_of, write_letter

LogIn = Callable[[str], Browser]
BOSS = "boss@operator.example"


@pytest.fixture
def case_id(store: Store) -> str:
    """Held for the customer; the colleague has it."""
    raw = write_letter("Hei,\n\nPIN 4826\n", to=f"{CUSTOMER}, {BOSS}")
    others = (RecipientVerdict(BOSS, Verdict.PASS, Relation(BOSS, RelationKind.INTERNAL)),)
    held = prepare_hold(
        store, Envelope(SENDER, (CUSTOMER,)), raw, judgement_of(raw, (CUSTOMER,), "4826"), passing=others
    )
    set_aside(store, held, [BOSS])
    keep(store, held, Answer(250, ("2.0.0 Ok",)))
    return held.case_id


def test_the_page_offers_only_the_others(case_id: str, logged_in: LogIn) -> None:
    """The colleague stands in a box of its own, in no form, and among no strangers; the history says what was done."""
    page = HTMLParser(logged_in("sofia").get(f"/cases/{case_id}").text)
    (box,) = page.css("#passed")
    assert BOSS in box.text()
    assert CUSTOMER not in box.text()
    ticks = [tick.attributes.get("data-to") for tick in page.css("input[name=recipient]")]
    assert ticks == [CUSTOMER]
    assert all(BOSS not in (form.html or "") for form in page.css("form"))
    (envelope,) = page.css("section[aria-labelledby=envelope]")
    assert "not sent to" not in envelope.text()
    (found,) = page.css(".history")
    history = found.text()
    assert "put the message aside while it was passed on to other recipients" in history
    assert "held the message" in history
