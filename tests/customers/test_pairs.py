"""Remembered pairs: which of several decisions counts, until when, and how one is taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from mailguard.core.errors import NoSuchPair
from mailguard.customers.pairs import forget, list_pairs, remember
from mailguard.customers.register import Register
from mailguard.customers.tables.memory import PairRow
from mailguard.store.store import Store

MATTI = "Matti.Virtanen+shop@gmail.com"
AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = AT.date()
LATER = date(2027, 3, 1)


def put(session: Session, approved: bool, *reasons: str, until: date | None = LATER, address: str = MATTI) -> None:
    """A decision of Sofia's about customer 1001."""
    remember(session, address, "1001", approved, reasons or ("namesake",), until, "MG-7K4M-92QT", "sofia", AT)


def test_a_pair_is_found_by_its_mailbox(any_store: Store) -> None:
    """Another spelling of the mailbox finds the decision, with everything that was written down; another one not."""
    with any_store.writing() as session:
        put(session, True, "namesake", "unconfirmed")
    register = Register(any_store.engine)
    (pair,) = register.memory("mattivirtanen@googlemail.com").pairs
    assert (pair.customer_id, pair.approved, pair.until, pair.case_id) == ("1001", True, LATER, "MG-7K4M-92QT")
    assert (pair.reasons, pair.decided_at) == (frozenset({"namesake", "unconfirmed"}), AT)
    assert register.memory("matti.virtanen@hotmail.com").pairs == ()


@pytest.mark.parametrize(("day", "stands"), [(TODAY, True), (LATER, True), (LATER + timedelta(days=1), False)])
def test_an_approval_stands_through_its_last_day(any_store: Store, day: date, stands: bool) -> None:
    """The last day is counted in; after it, nothing is remembered."""
    with any_store.writing() as session:
        put(session, True)
    with any_store.reading() as session:
        assert bool(list_pairs(session, day)) is stands
    memory = Register(any_store.engine).memory(MATTI)
    assert bool(memory.standing("1001", day)) is stands
    assert memory.standing("2002", day) == ()


def test_a_rejection_has_no_end_and_the_newest_decision_counts(any_store: Store) -> None:
    """Approved, rejected, approved again: each time only the newest counts, and all rows are kept."""
    with any_store.writing() as session:
        put(session, True, "unrelated")
        put(session, False, "namesake")
    with any_store.reading() as session:
        (pair,) = list_pairs(session, date(2126, 1, 1))
        assert (pair.approved, pair.until) == (False, None)
    with any_store.writing() as session:
        put(session, True, "unrelated")
    with any_store.reading() as session:
        assert [pair.approved for pair in list_pairs(session, TODAY)] == [True]
        assert len(session.exec(select(PairRow)).all()) == 3
        # What an approval has replaced does not come back when the approval is over.
        assert list_pairs(session, LATER + timedelta(days=1)) == []


def test_approvals_for_different_reasons_add_up(any_store: Store) -> None:
    """Approved once as unrelated and once as a look-alike: neither is held again."""
    with any_store.writing() as session:
        put(session, True, "unrelated")
        put(session, True, "lookalike")
    with any_store.reading() as session:
        assert [pair.reasons for pair in list_pairs(session, TODAY)] == [("lookalike",), ("unrelated",)]


def test_forgetting_brings_back_what_was_replaced(any_store: Store) -> None:
    """An approval that is taken back uncovers the rejection before it; each is taken back once."""
    with any_store.writing() as session:
        put(session, False)
        put(session, True)
    with any_store.reading() as session:
        (approval,) = list_pairs(session, TODAY)
    with any_store.writing() as session:
        assert forget(session, approval.id, "adam", AT).approved
    with any_store.reading() as session:
        (rejection,) = list_pairs(session, TODAY)
        assert not rejection.approved
        row = session.get(PairRow, approval.id)
        assert row is not None
        assert row.revoked_by == "adam"
    for pair_id in (approval.id, 4711):
        with pytest.raises(NoSuchPair), any_store.writing() as session:
            forget(session, pair_id, "adam", AT)


def test_pairs_are_searched(any_store: Store) -> None:
    """Part of an address, a customer number or a case finds the pair; a newer decision on it still counts."""
    with any_store.writing() as session:
        put(session, True)
        put(session, True, address="100%@post.example")
    with any_store.reading() as session:
        for query in ("VIRTANEN+", "1001", "mg-7k4m"):
            assert MATTI in [pair.address for pair in list_pairs(session, TODAY, query=query)]
        assert [pair.address for pair in list_pairs(session, TODAY, query="100%")] == ["100%@post.example"]
        assert list_pairs(session, TODAY, query="nobody") == []
