"""No secret gets into the audit trail, and so none into what is exported of it as evidence."""

from pathlib import Path

import pytest

from mailguard.cases.deciding.decide import decide
from mailguard.cases.reveal import reveal, view
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision
from mailguard.core.person import Person
from mailguard.store.audit.export import export_evidence
from mailguard.store.audit.slice import Choice
from mailguard.store.store import Store
from tests.support.letters import hold_letter

SECRET = "gX7-planted-91"


def test_planted_secret_is_not_in_the_evidence(any_store: Store, supervisor: Person, tmp_path: Path) -> None:
    """Held, looked at, revealed, tried to be written into a reason, decided: the value itself is written nowhere."""
    case_id = hold_letter(any_store, f"Your password is {SECRET} now.", secret=SECRET, subject=f"Code {SECRET}")
    view(any_store, case_id, supervisor)
    assert reveal(any_store, case_id, 0, supervisor, "is it the customer's?").reveal() == SECRET
    for reason in (f"it says {SECRET}", "it says gx7 planted 91"):
        with pytest.raises(BadDecision, match="repeats a secret"):
            decide(any_store, case_id, Decision(Action.APPROVE, reason), supervisor)
    decide(any_store, case_id, Decision(Action.REJECT, "wrong reader"), supervisor)
    file = tmp_path / "evidence.jsonl"
    exported = export_evidence(any_store, Choice(cases=(case_id,)), file, "root", lambda done, total: None)
    content = file.read_text()
    acts = ("hold", "view", "reveal", "reason refused", "decision: reject")
    assert exported.entries >= len(acts)
    assert all(f'"act": "{act}"' in content for act in acts)
    assert f'"actor": "{supervisor.name}"' in content
    assert SECRET.lower() not in content.lower()
    assert "planted" not in content.lower()
