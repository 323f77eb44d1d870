"""Hard letters in six languages, written by hand, against a register of made-up people (tests/namesake/cases)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailguard.core.settings import StoreSettings
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.namesake.identify import identify
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.relate import relate
from mailguard.store.store import open_store
from tests.namesake.letters import letter

CASES = Path(__file__).parent / "cases"
RULES = Path(__file__).parents[2] / "rules"


def _cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
            yield pytest.param(case, id=f"{file.stem}-{number + 1}")


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The register of the cases, imported once."""
    folder = tmp_path_factory.mktemp("register")
    store = open_store(StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key"))
    result = import_customers(store.engine, CASES / "register.csv", {}, lambda done, total: None)
    assert result.bad_rows == []
    yield Register(store.engine)
    store.close()


@pytest.fixture(scope="module")
def patterns() -> IdentifierPatterns:
    """The shipped patterns."""
    return IdentifierPatterns.load([RULES])


@pytest.mark.parametrize("case", list(_cases()))
def test_case(case: dict[str, Any], register: Register, patterns: IdentifierPatterns) -> None:
    """The letter is about exactly these customers, and each recipient is to them what the case says."""
    read = letter(case["text"], customer_header=case.get("header"))
    found = identify(read, register, patterns)
    assert [about.customer.customer_id for about in found.customers] == [str(wanted) for wanted in case["about"]]
    if "conflict" in case:
        assert found.conflict == case["conflict"]
    for customer_id, codes in case.get("evidence", {}).items():
        evidence = {about.customer.customer_id: about.evidence for about in found.customers}
        assert set(codes) <= set(evidence[str(customer_id)])
    relations = relate(list(case["to"]), found.customers, register, ["operator.example"])
    for recipient, wanted in case["to"].items():
        kinds = [relation.kind.value for relation in relations if relation.recipient == recipient]
        assert kinds == (wanted if isinstance(wanted, list) else [wanted]), recipient


def test_there_are_enough() -> None:
    """At least a hundred cases, in all six languages."""
    files = {file.stem for file in CASES.glob("*.yaml")}
    assert files == {"fi", "sv", "pl", "nl", "de", "en"}
    assert len(list(_cases())) >= 100
