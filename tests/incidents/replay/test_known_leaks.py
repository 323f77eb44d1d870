"""Which messages of the journal are known leaks, and what a replay leaves out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mailguard.core.features import Features, RelationFeatures
from mailguard.core.relation import RelationKind
from mailguard.customers.disputes import dispute
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.replay.known_leaks import Known, known_leaks
from mailguard.incidents.replay.replay import replay
from mailguard.incidents.tracing.journal import FILE, JournalLine, JournalRecipient, number_at, write_lines
from mailguard.policy.policy import Policy
from mailguard.store.store import Store
from tests.support.case_rows import add_case, decide_case

RULES = Path(__file__).parents[3] / "rules"
NAMESAKE = Features(((1, (RelationFeatures(RelationKind.NAMESAKE, protected=False),)),), ((1, ("header",)),))


def line(store: Store, to: str, customer: str = "1001", **values: object) -> JournalLine:
    """A message that passed an hour ago."""
    made = JournalLine(
        id="ABCDEFGH2222",
        at=store.clock() - timedelta(hours=1),
        reverse_path="seller@operator.example",
        recipients=(JournalRecipient(to),),
        fate="passed",
        answer="250 Ok",
        size=2000,
        customers=(customer,),
        features=NAMESAKE,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def test_rejections_breaches_and_disputes_are_known(any_store: Store) -> None:
    """A case rejected for its recipient, a breach's case and its mail, a disputed pair; not the same address's other
    customers, nor a case rejected for what it carried.
    """
    at = any_store.clock() - timedelta(hours=2)
    rejected = add_case(any_store, at)
    content = add_case(any_store, at, reasons=("credential",))
    registered = add_case(any_store, at, reasons=("credential",))
    for case_id in (rejected, content, registered):
        decide_case(any_store, case_id, "reject", timedelta(minutes=1))
    facts = BreachFacts("A leak", customers=("1001",), addresses=("Wrong@Reader.example",))
    with any_store.writing() as session:
        open_breach(session, any_store, facts, origin=Origin.HOLD, by="sofia", at=at, case_id=registered)
        dispute(session, "m.virtanen@mail.example", "2044", "sofia", at)
        dispute(session, "nobody@mail.example", None, "sofia", at)
    lines = [
        line(any_store, "a@post.example", case_id=rejected),
        line(any_store, "b@post.example", case_id=content),
        line(any_store, "c@post.example", case_id=registered),
        line(any_store, "wrong+tag@reader.example"),
        line(any_store, "wrong@reader.example", "3001"),
        line(any_store, "M.Virtanen@mail.example", "2044"),
        line(any_store, "m.virtanen@mail.example", "1001"),
        line(any_store, "nobody@mail.example", "5005"),
    ]
    for one in lines:
        write_lines(any_store, [one])
    with any_store.reading() as session:
        first, last = number_at(at), number_at(any_store.clock())
        assert sorted(known_leaks(session, first, last).values()) == sorted(
            [Known.REJECTED, Known.BREACH, Known.BREACH, Known.DISPUTE, Known.DISPUTE]
        )
        assert known_leaks(session, last, last + 1) == {}


def test_whom_the_next_hop_refused_was_not_held_by_any_rule(any_store: Store) -> None:
    """It became a case, and yet no table would have it held or let pass: it counts as passed."""
    harmless = Features(((1, (RelationFeatures(RelationKind.NO_CUSTOMER, protected=False),)),), ())
    refused = line(any_store, "a@post.example", fate="held", reasons=("refused",), features=harmless)
    write_lines(any_store, [refused])
    replayed = replay(any_store, Policy.load([RULES]), any_store.clock() - timedelta(weeks=8))
    assert (replayed.messages, replayed.unasked, replayed.held_then, replayed.held_now) == (1, 0, 0, 0)
    assert replayed.fewer.messages == 0


def test_old_and_deferred_mail_is_left_out_and_what_has_no_features_is_said(any_store: Store) -> None:
    """Mail written down afterwards and mail that comes again are not counted; a line without features is unasked."""
    at = any_store.clock()
    lines = [
        line(any_store, "a@post.example"),
        line(any_store, "b@post.example", features=None),
        line(any_store, "c@post.example", source=FILE),
        line(any_store, "d@post.example", fate="deferred"),
        line(any_store, "e@post.example", at=at - timedelta(days=60)),
        line(any_store, "f@post.example", at=at - timedelta(days=3), reasons=("namesake",), fate="held"),
    ]
    for one in lines:
        write_lines(any_store, [one])
    with any_store.writing() as session:
        dispute(session, "b@post.example", "1001", "sofia", at)
    replayed = replay(any_store, Policy.load([RULES]), at - timedelta(weeks=8))
    assert (replayed.messages, replayed.unasked, replayed.held_then, replayed.held_now) == (3, 1, 1, 2)
    assert (replayed.extra.messages, dict(replayed.extra.reasons)) == (1, {"namesake": 1})
    assert replayed.days == 3
    leaks = replayed.leaks[Known.DISPUTE]
    assert (leaks.known, leaks.unasked, leaks.held_now) == (1, 1, 0)
