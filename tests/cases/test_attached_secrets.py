"""A secret that was found in an attachment is shown, and kept out of reasons, like one in the body."""

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

import pytest

from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import ReadLetter
from mailguard.cases.reveal import reveal
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.errors import BadDecision
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.person import Person
from mailguard.core.secret import Secret
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER, judgement_of
from tests.support.pdf import lines, write_pdf


@pytest.fixture(scope="module")
def read() -> Iterator[ReadLetter]:
    """Reads letters with what their attachments say."""
    with ExtractionPool(1) as pool:
        yield partial(read_letter, extractor=pool)


def _hold(store: Store, read: ReadLetter) -> str:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, CUSTOMER, "SIM"
    message.set_content("Hei, liite ohessa.")
    message.add_attachment(write_pdf([lines("PIN-koodisi on 4826.")]), "application", "pdf", filename="sim.pdf")
    raw = message.as_bytes()
    letter = read(raw)
    path, at = next((part.path, part.text.find("4826")) for part in letter.parts if "4826" in part.text)
    finding = Finding("test.pin", FindingKind.PIN, path, at, at + 4, Secret("4826"))
    judgement = replace(judgement_of(raw, (CUSTOMER,)), findings=(finding,), letter=letter)
    return hold(store, Envelope(SENDER, (CUSTOMER,)), raw, judgement)


def test_value_in_a_pdf_is_shown(any_store: Store, supervisor: Person, read: ReadLetter) -> None:
    """The reviewer sees the very characters that were found."""
    case_id = _hold(any_store, read)
    assert reveal(any_store, case_id, 0, supervisor, "to compare", read).reveal() == "4826"


def test_value_in_a_pdf_is_no_reason(any_store: Store, supervisor: Person, read: ReadLetter) -> None:
    """A reason that repeats it is refused."""
    case_id = _hold(any_store, read)
    with pytest.raises(BadDecision):
        decide(any_store, case_id, Decision(Action.REJECT, "the PIN 4826 is in the PDF"), supervisor, read)
