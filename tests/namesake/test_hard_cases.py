"""Hard letters in six languages through the whole judge, against what a careful supervisor would say."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailguard.app.wiring import Guard
from mailguard.core.envelope import Envelope
from mailguard.core.relation import RelationKind
from mailguard.core.verdict import Judgement, Verdict
from tests.namesake.hard.case import SENDER, HardCase, hard_cases, write_message
from tests.namesake.hard.guard import hard_guard, judge, misjudged
from tests.namesake.hard.reshaping import RESHAPINGS

CASES = list(hard_cases())


def _parameters() -> Iterator[object]:
    for case in CASES:
        marks = [pytest.mark.xfail(reason=case.unmet, strict=True)] if case.unmet else []
        yield pytest.param(case, id=f"{case.file}: {case.name}", marks=marks)


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    """One guard for all of them."""
    with hard_guard(tmp_path_factory.mktemp("hard")) as opened:
        yield opened


@pytest.mark.parametrize("case", list(_parameters()))
def test_hard_case(case: HardCase, guard: Guard) -> None:
    """Every recipient has the relation and the verdict that the supervisor gives, for the reason in the case."""
    judgement = judge(guard, case)
    said = "; ".join(reason.text for reason in judgement.reasons)
    assert not misjudged(judgement, case), f"{case.why}. The guard said: {said or 'nothing'}"


@pytest.mark.parametrize("reshaping", RESHAPINGS)
def test_setting_changes_nothing(reshaping: str, guard: Guard) -> None:
    """Every second plain letter has the same verdicts as HTML, quoted, indented, or spaced otherwise."""
    plain = [case for case in CASES if "text" in case.fields and "html" not in case.fields and not case.unmet]
    for case in plain[::2]:
        raw = write_message(RESHAPINGS[reshaping](case.fields), next(iter(case.wanted)))
        reshaped = guard.judge.judge(Envelope(SENDER, tuple(case.wanted)), raw)
        assert [one.verdict for one in reshaped.recipients] == [one.verdict for one in judge(guard, case).recipients], (
            f"{case.file}: {case.name}"
        )


def test_a_hold_names_address_and_customer(guard: Guard) -> None:
    """Whoever is not on record is told by address, and the customer beside it by number, in every hold."""
    told = {RelationKind.NAMESAKE, RelationKind.OTHER_CUSTOMER, RelationKind.LOOKALIKE, RelationKind.TYPO_DOMAIN}
    seen = 0
    for case in CASES:
        for recipient in judge(guard, case).recipients:
            if recipient.verdict is Verdict.HOLD and recipient.relation.kind in told and recipient.relation.about:
                text = " ".join(reason.text for reason in recipient.reasons)
                assert recipient.address in text, case.name
                assert recipient.relation.about.customer.customer_id in text, case.name
                seen += 1
    assert seen >= 60


def test_postgresql_says_the_same(guard: Guard, postgres_url: str, tmp_path: Path) -> None:
    """Every third case has the same relations, verdicts and customers on PostgreSQL as on SQLite."""
    with hard_guard(tmp_path, postgres_url) as other:
        for case in CASES[::3]:
            here, there = judge(guard, case), judge(other, case)
            assert _said(there) == _said(here), case.name


def _said(judgement: Judgement) -> object:
    recipients = [(one.address, one.relation.kind, one.verdict) for one in judgement.recipients]
    return recipients, [(about.customer.customer_id, about.evidence) for about in judgement.customers]


def test_there_are_enough_and_not_all_are_held() -> None:
    """At least 25 a language, 150 in all, and four of ten pass: a guard that holds everything fails here."""
    languages = Counter(case.file.split("-")[0] for case in CASES)
    assert all(languages[language] >= 25 for language in ("fi", "sv", "pl", "nl", "de", "en"))
    assert sum(not case.holds for case in CASES) >= 0.4 * len(CASES)
