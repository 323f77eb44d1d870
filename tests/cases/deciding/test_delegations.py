"""Deputies: whose right, on which days, under whose names; and every trick by which a sender might get at one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from mailguard.cases.deciding.approvals import may_approve
from mailguard.cases.deciding.decide import decide, may_decide, retry
from mailguard.cases.deciding.delegations import Delegation, delegate, end_delegation, list_delegations
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.cases.reveal import reveal
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, InputError, NoSuchDelegation, NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.people import UserRow
from tests.cases.conftest import add
from tests.support.letters import SENDER, hold_letter

APPROVE = Decision(Action.APPROVE, "is the right person")
REJECT = Decision(Action.REJECT, "wrong person")
TODAY = date(2026, 11, 16)
ZONE = "Europe/Helsinki"
ON_SQLITE = pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
"""For rules of the program alone: what the databases do is tested on both."""


def give(store: Store, giver: str, deputy: str, first: date = TODAY, last: date = TODAY, **by: Person) -> Delegation:
    """A delegation for these days, in Helsinki."""
    return delegate(store, giver, deputy, first, last, "holidays", zone=ZONE, **by)


@pytest.fixture
def anna(any_store: Store) -> Person:
    """A supervisor who goes on holiday."""
    return add(any_store, "anna", Role.SUPERVISOR)


@pytest.fixture
def berta(any_store: Store) -> Person:
    """Somebody of ops, who decides only as a deputy."""
    return add(any_store, "berta", Role.OPS)


def _turn(store: Store, **delta: float) -> None:
    store.clock.turn(**delta)  # type: ignore[attr-defined]


def test_a_deputys_decision_bears_both_names(any_store: Store, anna: Person, berta: Person) -> None:
    """In the row, the audit trail, the case; and the deputy may look at what is masked, and try again."""
    case_id = hold_letter(any_store)
    assert not may_decide(any_store, case_id, berta)
    give(any_store, "anna", "berta")
    assert may_decide(any_store, case_id, berta)
    assert reveal(any_store, case_id, 0, berta, "to compare").reveal() == "4826"
    assert decide(any_store, case_id, APPROVE, berta) is CaseState.APPROVED
    case = read_case(any_store, case_id)
    assert case.decided_by == "berta for anna"
    assert (case.history[-1].actor, case.history[-1].details["on_behalf_of"]) == ("berta for anna", "anna")
    assert [a.by for a in case.approvals_given] == ["berta for anna"]
    with any_store.reading() as session:
        row = session.exec(select(DecisionRow)).one()
    assert (row.user_id, row.on_behalf_of, row.break_glass) == (berta.user_id, anna.user_id, False)
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert settle(any_store, job, {a: Answer(550, ("No",)) for a in job.envelope.recipients}, any_store.clock())
    retry(any_store, case_id, berta)
    assert read_case(any_store, case_id).history[-1].actor == "berta for anna"


@ON_SQLITE
def test_who_may_decide_alone_does_so_unless_they_say_otherwise(any_store: Store, anna: Person) -> None:
    """A supervisor who is a deputy too decides in their own name, or names the other."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    give(any_store, "anna", "vera")
    first, second = hold_letter(any_store), hold_letter(any_store)
    decide(any_store, first, APPROVE, vera)
    decide(any_store, second, Decision(Action.REJECT, "no", on_behalf_of="anna"), vera)
    assert [read_case(any_store, c).decided_by for c in (first, second)] == ["vera", "vera for anna"]
    with pytest.raises(NotYours):
        decide(any_store, hold_letter(any_store), Decision(Action.APPROVE, on_behalf_of="sofia"), vera)
    with pytest.raises(NotYours):
        decide(any_store, hold_letter(any_store), Decision(Action.APPROVE, on_behalf_of="vera"), anna)


@pytest.mark.parametrize("turn", ["deputy, then giver", "deputy, then deputy", "giver, then deputy"])
def test_deputy_and_giver_are_one_pair_of_eyes(any_store: Store, anna: Person, turn: str) -> None:
    """Of two approvals that a letter needs, berta for anna and anna, or berta for anna and berta, are one."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    give(any_store, "anna", "vera")
    as_deputy = Decision(Action.APPROVE, on_behalf_of="anna")
    case_id = hold_letter(any_store, approvals=2)
    first, second = {
        "deputy, then giver": ((as_deputy, vera), (APPROVE, anna)),
        "deputy, then deputy": ((as_deputy, vera), (APPROVE, vera)),
        "giver, then deputy": ((APPROVE, anna), (as_deputy, vera)),
    }[turn]
    assert decide(any_store, case_id, *first) is CaseState.HELD
    with pytest.raises(NotYours):
        decide(any_store, case_id, *second)
    # And past the program: the row can be written, and does not count.
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, _row(case_id, vera, anna), _row(case_id, anna), _approved(case_id))
    assert decide(any_store, case_id, APPROVE, add(any_store, "adam", Role.ADMIN)) is CaseState.APPROVED


@ON_SQLITE
def test_a_deputy_of_two_lends_each_of_them_one_voice(any_store: Store, anna: Person, berta: Person) -> None:
    """Who is deputy of two people has one pair of eyes all the same."""
    add(any_store, "vera", Role.SUPERVISOR)
    give(any_store, "anna", "berta")
    give(any_store, "vera", "berta")
    case_id = hold_letter(any_store, approvals=2)
    decide(any_store, case_id, Decision(Action.APPROVE, on_behalf_of="anna"), berta)
    assert not may_approve(any_store, case_id, berta)
    with pytest.raises(NotYours):
        decide(any_store, case_id, Decision(Action.APPROVE, on_behalf_of="vera"), berta)


@pytest.mark.parametrize("who", ["sender is the deputy", "sender is the giver"])
@pytest.mark.parametrize("when", ["in force", "revoked a minute ago", "ran out since the hold", "begun since the hold"])
def test_the_senders_deputy_does_not_decide(any_store: Store, anna: Person, who: str, when: str) -> None:
    """In neither direction, and also when the right was given back a minute before: it binds from hold to decision."""
    otto = add(any_store, "otto", Role.SUPERVISOR, SENDER)
    pair = ("anna", "otto") if who == "sender is the deputy" else ("otto", "anna")
    case_id = hold_letter(any_store) if when == "begun since the hold" else ""
    _turn(any_store, minutes=5)
    given = give(any_store, *pair)
    case_id = case_id or hold_letter(any_store)
    _turn(any_store, minutes=5)
    if when == "revoked a minute ago":
        end_delegation(any_store, given.id)
        _turn(any_store, minutes=1)
    elif when == "ran out since the hold":
        _turn(any_store, days=1)
    for person in (anna, otto):
        assert not may_decide(any_store, case_id, person)
        for decision in (APPROVE, REJECT, Decision(Action.APPROVE, on_behalf_of=pair[0])):
            with pytest.raises(NotYours):
                decide(any_store, case_id, decision, person)
        for giver in (None, anna, otto):
            with pytest.raises(StoreError, match="four eyes"):
                _run(any_store, _row(case_id, person, giver, at=any_store.clock()))


@ON_SQLITE
def test_what_was_over_before_the_hold_does_not_bind(any_store: Store, anna: Person) -> None:
    """Nor what was revoked before it began, nor what begins tomorrow."""
    add(any_store, "otto", Role.SUPERVISOR, SENDER)
    given = give(any_store, "otto", "anna")
    end_delegation(any_store, given.id)
    later = give(any_store, "otto", "anna", TODAY + timedelta(days=2), TODAY + timedelta(days=3))
    end_delegation(any_store, later.id)
    give(any_store, "anna", "otto", TODAY + timedelta(days=1), TODAY + timedelta(days=3))
    _turn(any_store, minutes=1)
    case_id = hold_letter(any_store)
    assert decide(any_store, case_id, APPROVE, anna) is CaseState.APPROVED


def test_the_deputy_of_somebody_who_may_not_decide(any_store: Store, anna: Person, berta: Person) -> None:
    """The right that is lent ends where the giver's own ends: at the giver's mail."""
    otto = add(any_store, "otto", Role.SUPERVISOR, SENDER)
    vera = add(any_store, "vera", Role.SUPERVISOR)
    give(any_store, "anna", "otto")
    give(any_store, "anna", "berta")
    give(any_store, "vera", "berta")
    case_id = hold_letter(any_store)
    # Otto is anna's deputy, so nobody decides in anna's place; berta is nothing to otto.
    with pytest.raises(NotYours):
        decide(any_store, case_id, Decision(Action.APPROVE, on_behalf_of="anna"), berta)
    with pytest.raises(StoreError, match="beside the sender"):
        _run(any_store, _row(case_id, berta, anna, at=any_store.clock()))
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, _row(case_id, berta, otto, at=any_store.clock()))
    assert decide(any_store, case_id, APPROVE, berta) is CaseState.APPROVED
    assert read_case(any_store, case_id).decided_by == f"berta for {vera.name}"


@ON_SQLITE
def test_a_right_is_not_given_on(any_store: Store, anna: Person, berta: Person) -> None:
    """A deputy has no right to give; a deputy who decides anyway gives their own."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    otto = add(any_store, "otto", Role.SUPERVISOR, SENDER)
    give(any_store, "anna", "berta")
    with pytest.raises(BadDecision, match="no right to decide"):
        give(any_store, "berta", "vera")
    give(any_store, "otto", "vera")
    give(any_store, "vera", "berta")
    case_id = hold_letter(any_store, sender="x@operator.example")
    with pytest.raises(NotYours):
        decide(any_store, case_id, Decision(Action.APPROVE, on_behalf_of=otto.name), berta)
    decide(any_store, case_id, Decision(Action.APPROVE, on_behalf_of=vera.name), berta)


@ON_SQLITE
def test_nobody_gives_anothers_right_but_an_admin(any_store: Store, anna: Person, berta: Person) -> None:
    """Neither to oneself; ended is it by giver, deputy and admin."""
    vera, adam = add(any_store, "vera", Role.SUPERVISOR), add(any_store, "adam", Role.ADMIN)
    for by in (berta, vera):
        with pytest.raises(NotYours):
            give(any_store, "anna", "berta", by=by)
    given = [give(any_store, "anna", "berta", by=by) for by in (anna, adam, anna)]
    with pytest.raises(NotYours):
        end_delegation(any_store, given[0].id, by=vera)
    for one, by in zip(given, (anna, adam, berta), strict=True):
        assert end_delegation(any_store, one.id, by=by).revoked_by == by.name
    with pytest.raises(NoSuchDelegation):
        end_delegation(any_store, 4711, by=adam)
    assert not may_decide(any_store, hold_letter(any_store), berta)
    # Demoted since the login: the admin's word is worth what the store says now.
    add(any_store, "adam", Role.OPS)
    with pytest.raises(NotYours):
        give(any_store, "anna", "berta", by=adam)


@ON_SQLITE
def test_second_login_of_one_mail_address_is_no_deputy(any_store: Store, anna: Person) -> None:
    """Not oneself, not a second login of one's own mail address however it is spelt; nor an auditor, nor a stranger."""
    people.add_user(any_store, "anna2", email="Anna+2@operator.example", role=Role.SUPERVISOR, password=None)
    add(any_store, "rita", Role.AUDITOR)
    add(any_store, "gone", Role.OPS)
    people.disable_user(any_store, "gone")
    for deputy in ("anna", "anna2"):
        with pytest.raises(BadDecision, match="same person"):
            give(any_store, "anna", deputy)
    with pytest.raises(BadDecision, match="auditor"):
        give(any_store, "anna", "rita")
    for giver, deputy in (("anna", "nobody"), ("anna", "gone"), ("gone", "anna")):
        with pytest.raises(InputError):
            give(any_store, giver, deputy)


@ON_SQLITE
@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [(-1, 1, "x"), (0, -1, "x"), (1, 0, "x"), (0, 500, "x"), (0, 1, " "), (0, 1, "x" * 501)],
)
def test_days_and_reasons_that_cannot_be(any_store: Store, anna: Person, first: int, last: int, reason: str) -> None:
    """Nothing is dated back, nothing lasts for ever, and nothing is without a reason."""
    add(any_store, "berta", Role.OPS)
    days = TODAY + timedelta(days=first), TODAY + timedelta(days=last)
    with pytest.raises(BadDecision):
        delegate(any_store, "anna", "berta", *days, reason, zone=ZONE)
    assert list_delegations(any_store) == []


def test_days_are_those_of_the_calendar(any_store: Store, anna: Person, berta: Person) -> None:
    """From midnight in Helsinki to the midnight after the last day, to the microsecond."""
    clock = any_store.clock
    give(any_store, "anna", "berta", TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    case_id, tick = hold_letter(any_store), timedelta(microseconds=1)
    begin, end = datetime(2026, 11, 16, 22, tzinfo=UTC), datetime(2026, 11, 18, 22, tzinfo=UTC)
    for at, may in ((begin - tick, False), (begin, True), (end - tick, True), (end, False), (end + tick, False)):
        clock.now = at  # type: ignore[attr-defined]
        assert may_decide(any_store, case_id, berta) is may
        if not may:
            with pytest.raises(StoreError, match="four eyes"):
                _run(any_store, _row(case_id, berta, anna, at=at))


@ON_SQLITE
def test_a_day_with_another_clock_is_a_whole_day(any_store: Store, anna: Person, berta: Person) -> None:
    """Where the clock is put back, the last day has 25 hours."""
    any_store.clock.now = datetime(2026, 10, 24, 20, tzinfo=UTC)  # type: ignore[attr-defined]
    made = give(any_store, "anna", "berta", date(2026, 10, 25), date(2026, 10, 25))
    assert made.ends_at - made.starts_at == timedelta(hours=25)


@pytest.mark.parametrize(
    "what", ["giver disabled", "deputy disabled", "giver demoted", "deputy an auditor", "revoked", "giver the sender"]
)
def test_a_delegation_that_is_void(any_store: Store, anna: Person, berta: Person, what: str) -> None:
    """Who is shut out neither gives nor has a right; a changed role counts at once; revoked is revoked."""
    given = give(any_store, "anna", "berta")
    case_id = hold_letter(any_store)
    if what == "giver disabled":
        people.disable_user(any_store, "anna")
    elif what == "deputy disabled":
        people.disable_user(any_store, "berta")
    elif what == "giver demoted":
        _role(any_store, "anna", "ops")
    elif what == "deputy an auditor":
        _role(any_store, "berta", "auditor")
    elif what == "revoked":
        end_delegation(any_store, given.id)
    else:
        add(any_store, "anna", Role.SUPERVISOR, SENDER)
    assert not may_decide(any_store, case_id, berta)
    with pytest.raises(NotYours):
        decide(any_store, case_id, APPROVE, berta)
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, _row(case_id, berta, anna, at=any_store.clock()))


@pytest.mark.parametrize("what", ["deputy disabled", "giver disabled", "deputy an auditor", "giver the sender"])
def test_a_deputys_approval_that_counts_no_more(any_store: Store, anna: Person, berta: Person, what: str) -> None:
    """Between two approvals somebody is shut out: then two others must approve, and the giver may be one of them."""
    give(any_store, "anna", "berta")
    case_id = hold_letter(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, berta)
    if what == "deputy disabled":
        people.disable_user(any_store, "berta")
    elif what == "giver disabled":
        people.disable_user(any_store, "anna")
    elif what == "deputy an auditor":
        _role(any_store, "berta", "auditor")
    else:
        add(any_store, "anna", Role.SUPERVISOR, SENDER)
    vera = add(any_store, "vera", Role.SUPERVISOR)
    # By hand it is refused at the step, though two rows are there.
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, _row(case_id, vera, at=any_store.clock()), _approved(case_id))
    assert decide(any_store, case_id, APPROVE, vera) is CaseState.HELD
    last = anna if what.startswith("deputy") else add(any_store, "adam", Role.ADMIN)
    assert decide(any_store, case_id, APPROVE, last) is CaseState.APPROVED


@ON_SQLITE
def test_an_approval_given_by_right_outlasts_the_days(any_store: Store, anna: Person, berta: Person) -> None:
    """The deputy approved on the last day; the second approval comes when the giver is back."""
    give(any_store, "anna", "berta")
    case_id = hold_letter(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, berta)
    _turn(any_store, days=1)
    assert decide(any_store, case_id, APPROVE, add(any_store, "vera", Role.SUPERVISOR)) is CaseState.APPROVED


ROWS: dict[str, Callable[[Person, Person], str]] = {
    "to oneself": lambda anna, berta: _delegation(anna, anna),
    "by somebody who does not decide": lambda anna, berta: _delegation(berta, anna),
    "backwards": lambda anna, berta: _delegation(anna, berta, starts="2026-11-15 00:00:00"),
    "ends before it begins": lambda anna, berta: _delegation(anna, berta, ends="2026-11-16 08:00:00"),
    "without a reason": lambda anna, berta: _delegation(anna, berta, reason=" "),
    "changed": lambda anna, berta: "UPDATE delegations SET deputy_id = giver_id",
    "made longer": lambda anna, berta: "UPDATE delegations SET ends_at = '2027-11-16 00:00:00'",
    "removed": lambda anna, berta: "DELETE FROM delegations",
}


def test_the_database_keeps_delegations_too(any_store: Store, anna: Person, berta: Person) -> None:
    """Past the program: no delegation that cannot be, and none is changed but ended."""
    give(any_store, "anna", "berta")
    for statement in ROWS.values():
        with pytest.raises(StoreError, match="delegation"):
            _run(any_store, statement(anna, berta))


def test_an_ended_delegation_is_not_revived(any_store: Store, anna: Person, berta: Person) -> None:
    """It is ended once, and a second end changes nothing."""
    given = give(any_store, "anna", "berta")
    ended = end_delegation(any_store, given.id, by=anna)
    _turn(any_store, hours=1)
    assert end_delegation(any_store, given.id) == ended
    assert [one.state(any_store.clock()) for one in list_delegations(any_store, berta)] == ["revoked"]
    assert list_delegations(any_store, ended=False) == []
    with pytest.raises(StoreError, match="delegation"):
        _run(any_store, "UPDATE delegations SET revoked_at = NULL, revoked_by = NULL")


@ON_SQLITE
def test_the_audit_trail_has_the_delegation(any_store: Store, anna: Person, berta: Person) -> None:
    """Who gave it to whom, for which days and why, and who ended it."""
    given = give(any_store, "anna", "berta", by=anna)
    end_delegation(any_store, given.id, by=berta)
    with any_store.engine.connect() as connection:
        acts = connection.execute(text("SELECT act, actor FROM audit WHERE act LIKE 'delegation%' ORDER BY seq")).all()
    assert [tuple(row) for row in acts] == [("delegation", "anna"), ("delegation ended", "berta")]


def _run(store: Store, *statements: str) -> None:
    with store.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def _approved(case_id: str) -> str:
    return f"UPDATE cases SET state = 'approved' WHERE id = '{case_id}'"


def _role(store: Store, name: str, role: str) -> None:
    with store.writing() as session:
        session.execute(update(UserRow).where(col(UserRow.name) == name).values(role=role))


def _row(case_id: str, person: Person, giver: Person | None = None, at: datetime | None = None) -> str:
    moment = (at or datetime(2026, 11, 16, 9, tzinfo=UTC)).strftime("%Y-%m-%d %H:%M:%S.%f")
    behalf = giver.user_id if giver else "NULL"
    return (
        "INSERT INTO decisions (case_id, user_id, on_behalf_of, action, reason, recipients, at) "
        f"VALUES ('{case_id}', {person.user_id}, {behalf}, 'approve', '', '[]', '{moment}')"
    )


def _delegation(
    giver: Person,
    deputy: Person,
    starts: str = "2026-11-16 09:00:00",
    ends: str = "2026-11-17 00:00:00",
    reason: str = "x",
) -> str:
    return (
        "INSERT INTO delegations "
        "(giver_id, deputy_id, first_day, last_day, starts_at, ends_at, reason, made_by, made_at) "
        f"VALUES ({giver.user_id}, {deputy.user_id}, '2026-11-16', '2026-11-16', '{starts}', '{ends}', '{reason}', "
        "'console', '2026-11-16 09:00:00')"
    )
