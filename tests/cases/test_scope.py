"""Teams: whose cases somebody sees, decides on and is told of; in the program and in the database's own rules."""

import pytest
from sqlalchemy import insert, text
from sqlmodel import select

from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.break_glass import could_break
from mailguard.cases.deciding.decide import decide, may_decide, retry
from mailguard.cases.deciding.delegations import delegate
from mailguard.cases.reveal import reveal
from mailguard.cases.scope import cases_seen_by, own_mail_of, require_own, require_seen, with_givers
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import NoSuchCase, NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.teams import Teams
from mailguard.notices.escalate import escalate
from mailguard.notices.remind import remind
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.support.letters import hold_letter

TEAMS = Teams({"Sales": ["sales.example"], "Support": ["support.example"]}, ["partner.example"])
APPROVE = Decision(Action.APPROVE, "is the right person")
GLASS = Decision(Action.APPROVE, "nobody else is here and it cannot wait", break_glass=True)
SENDERS = {
    "Sales": "anna@sales.example",
    "Support": "hilla@support.example",
    "partner.example": "ben@mail.partner.example",
    "": "nobody@elsewhere.example",
}


def add(store: Store, name: str, role: Role, *teams: str) -> Person:
    """Somebody of these teams."""
    return people.add_user(store, name, email=f"{name}@operator.example", role=role, password=None, teams=teams)


def hold_all(store: Store) -> dict[str, str]:
    """A case of each team."""
    return {team: hold_letter(store, sender=sender, teams=TEAMS) for team, sender in SENDERS.items()}


def seen(store: Store, person: Person | None) -> set[str]:
    """Teams whose cases a person's list has."""
    with store.reading() as session:
        return set(session.exec(select(CaseRow.team).where(*cases_seen_by(person))))


def told(store: Store, kind: str, case_id: str) -> set[str]:
    """Who gets such a letter about the case."""
    query = select(NoticeRow.to).where(NoticeRow.kind == kind, NoticeRow.case_id == case_id)
    with store.reading() as session:
        return {address.partition("@")[0] for address in session.exec(query)}


def test_case_is_its_senders_teams(any_store: Store) -> None:
    """By address, domain and the domain above; a partner company is a team of its own; the rest is nobody's."""
    cases = hold_all(any_store)
    with any_store.reading() as session:
        assert {row.team: row.id for row in session.exec(select(CaseRow))} == cases


def test_who_sees_what(any_store: Store) -> None:
    """Members see their teams' cases, who belongs to none sees all, a sender their own."""
    cases = hold_all(any_store)
    everything = set(cases)
    assert seen(any_store, None) == everything
    for role in (Role.SUPERVISOR, Role.OPS, Role.ADMIN, Role.AUDITOR):
        assert seen(any_store, add(any_store, f"all-{role}", role)) == everything
        assert seen(any_store, add(any_store, f"one-{role}", role, "Sales")) == {"Sales"}
    both = add(any_store, "both", Role.SUPERVISOR, "Sales", "partner.example")
    assert seen(any_store, both) == {"Sales", "partner.example"}
    anna = people.add_user(any_store, "anna", email=SENDERS["Sales"], role=Role.SENDER, password=None)
    own = hold_letter(any_store, sender=SENDERS["Sales"], teams=TEAMS)
    with any_store.reading() as session:
        mine = set(session.exec(select(CaseRow.id).where(*cases_seen_by(anna))))
        assert mine == set(session.exec(select(CaseRow.id).where(own_mail_of(anna)))) == {cases["Sales"], own}
        assert require_own(session, own, anna).id == require_seen(session, own, anna).id == own
        for team in ("Support", ""):
            with pytest.raises(NoSuchCase):
                require_seen(session, cases[team], anna)
        with pytest.raises(NoSuchCase):
            require_own(session, own, both)
        with pytest.raises(NoSuchCase):
            require_seen(session, cases["Support"], both, or_own=True)


def test_own_mail_of_another_team_is_ones_own(any_store: Store) -> None:
    """A supervisor of Support who writes for Sales takes it back, and does not read it as a reviewer."""
    writer = people.add_user(
        any_store, "anna", email=SENDERS["Sales"], role=Role.SUPERVISOR, password=None, teams=["Support"]
    )
    case_id = hold_letter(any_store, sender=SENDERS["Sales"], teams=TEAMS)
    with any_store.reading() as session:
        assert require_seen(session, case_id, writer, or_own=True).id == case_id
        with pytest.raises(NoSuchCase):
            require_seen(session, case_id, writer)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_rights_are_for_ones_teams(any_store: Store, role: Role) -> None:
    """Who belongs to another team decides nothing, reveals nothing, breaks no glass, tries nothing again."""
    cases = hold_all(any_store)
    other, member = add(any_store, "other", role, "Support"), add(any_store, "member", role, "Sales")
    for team in ("Sales", "partner.example", ""):
        assert not may_decide(any_store, cases[team], other)
        assert not could_break(any_store, cases[team], other)
        for decision in (APPROVE, Decision(Action.REJECT, "no")):
            with pytest.raises(NotYours):
                decide(any_store, cases[team], decision, other)
        with pytest.raises(NotYours):
            decide(any_store, cases[team], GLASS, other)
        with pytest.raises(NotYours):
            reveal(any_store, cases[team], 0, other, "curious")
        with pytest.raises(NotYours):
            retry(any_store, cases[team], other)
    assert decide(any_store, cases["Sales"], APPROVE, member) is CaseState.APPROVED
    assert decide(any_store, cases["Support"], APPROVE, other) is CaseState.APPROVED


def test_deputy_has_the_givers_teams(any_store: Store, clock: TurnableClock) -> None:
    """In the giver's place one decides on the giver's teams' mail, while it lasts, and sees it."""
    cases = hold_all(any_store)
    giver = add(any_store, "giver", Role.SUPERVISOR, "Sales")
    deputy = add(any_store, "deputy", Role.SUPERVISOR, "Support")
    assert with_givers(any_store, deputy).teams == {"Support"}
    today = clock().date()
    delegate(any_store, "giver", "deputy", today, today, "on leave", zone="UTC")
    assert with_givers(any_store, deputy).teams == {"Sales", "Support"}
    assert seen(any_store, with_givers(any_store, deputy)) == {"Sales", "Support"}
    with pytest.raises(NotYours):
        decide(any_store, cases["partner.example"], APPROVE, deputy)
    with pytest.raises(NotYours):
        decide(any_store, cases["Support"], Decision(Action.APPROVE, "yes", on_behalf_of=giver.name), deputy)
    assert decide(any_store, cases["Sales"], APPROVE, deputy) is CaseState.APPROVED
    with any_store.reading() as session:
        assert session.exec(select(DecisionRow.on_behalf_of)).one() == giver.user_id
    delegate(any_store, add(any_store, "chief", Role.ADMIN).name, "deputy", today, today, "on leave", zone="UTC")
    assert with_givers(any_store, deputy).teams == frozenset()
    clock.turn(days=1)
    assert with_givers(any_store, deputy).teams == {"Support"}


def test_database_refuses_another_teams_decision(any_store: Store) -> None:
    """A trigger does, for a program with a bug: one's own and the giver's; and a case stays its team's."""
    cases = hold_all(any_store)
    other = add(any_store, "other", Role.SUPERVISOR, "Support", "partner.example")
    chief = add(any_store, "chief", Role.SUPERVISOR)
    row = {
        "action": "reject",
        "reason": "no",
        "recipients": [],
        "remember": False,
        "break_glass": False,
        "at": any_store.clock(),
    }
    for team in ("Sales", ""):
        with pytest.raises(StoreError), any_store.writing() as session:
            session.execute(insert(DecisionRow).values(case_id=cases[team], user_id=other.user_id, **row))
    for person, team in ((other, "Support"), (other, "partner.example"), (chief, "Sales"), (chief, "")):
        with any_store.writing() as session:
            session.execute(insert(DecisionRow).values(case_id=cases[team], user_id=person.user_id, **row))
    with pytest.raises(StoreError), any_store.writing() as session:
        session.execute(text("UPDATE cases SET team = 'Support' WHERE team = 'Sales'"))


def test_letters_go_to_the_team(any_store: Store, clock: TurnableClock) -> None:
    """To review, reminder, escalation and the alarm of broken glass: to who sees the case, and to nobody else."""
    for name, role, teams in (
        ("chief", Role.SUPERVISOR, ()),
        ("seller", Role.SUPERVISOR, ("Sales",)),
        ("helper", Role.SUPERVISOR, ("Support",)),
        ("machine", Role.OPS, ()),
        ("desk", Role.OPS, ("Support",)),
        ("agent", Role.ADMIN, ("partner.example",)),
    ):
        add(any_store, name, role, *teams)
    cases = {team: hold_letter(any_store, sender=SENDERS[team], teams=TEAMS) for team in SENDERS}
    assert told(any_store, "to_review", cases["Sales"]) == {"chief", "seller"}
    assert told(any_store, "to_review", cases["Support"]) == {"chief", "helper"}
    assert told(any_store, "to_review", cases[""]) == {"chief"}
    # Gives them their deadlines.
    assert remind(any_store, Terms()) == []
    with any_store.reading() as session:
        deadlines = {row.id: (row.remind_at, row.escalate_at) for row in session.exec(select(CaseRow))}
    remind_at, escalate_at = deadlines[cases["Sales"]]
    assert remind_at
    assert escalate_at
    clock.turn(seconds=(remind_at - clock()).total_seconds() + 1)
    assert set(remind(any_store, Terms())) == set(cases.values())
    assert told(any_store, "reminder", cases["Support"]) == {"chief", "helper"}
    assert told(any_store, "reminder", cases["partner.example"]) == {"chief"}
    clock.turn(seconds=(escalate_at - clock()).total_seconds() + 1)
    assert set(escalate(any_store, Terms())) == set(cases.values())
    assert told(any_store, "escalation", cases["Support"]) == {"machine", "desk"}
    assert told(any_store, "escalation", cases["partner.example"]) == {"machine", "agent"}
    ops = next(person for person in people.people(any_store) if person.name == "machine")
    decide(any_store, cases["Support"], GLASS, ops)
    assert told(any_store, "break_glass", cases["Support"]) == {"chief", "helper", "machine", "desk"}


def test_teams_are_kept_and_changed(any_store: Store) -> None:
    """A new password leaves them as they are; named anew, they are the new ones; an empty list sees all."""
    add(any_store, "sven", Role.SUPERVISOR, "Sales")
    same = {"email": "sven@operator.example", "role": Role.SUPERVISOR}
    kept = people.add_user(any_store, "sven", password="a long pass phrase", **same)  # type: ignore[arg-type]
    assert kept.teams == {"Sales"}
    token = people.issue_token(any_store, "sven")
    with any_store.writing() as session:
        assert people.set_teams(session, kept.user_id, ["Support", "Support"])
        assert not people.set_teams(session, kept.user_id, {"Support"})
    now = people.person_of_token(any_store, token)
    assert now
    assert now.teams == {"Support"}
    assert people.add_user(any_store, "sven", password=None, teams=(), **same).teams == frozenset()  # type: ignore[arg-type]
