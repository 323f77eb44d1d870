"""What the policy was asked about a message is kept, and asked again gives the same verdict."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.customer import Customer
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.memory import AddressState, RememberedPair
from mailguard.core.part import Letter, Part, PartRole, Trouble
from mailguard.core.reason import ReasonCode
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.secret import Secret
from mailguard.incidents.replay.features import MOST_OCTETS, describe_features, read_features
from mailguard.namesake.identify import Identification
from mailguard.policy.policy import Policy

RULES = Path(__file__).parents[3] / "rules"
POLICY = Policy.load([RULES])
RECIPIENTS = ["a@post.example", "b@mail.example", "c@work.example"]
NAME, SECRET = "Virtanen", "Marjapuuro83"

customers = st.builds(
    Identified,
    st.builds(
        Customer,
        st.sampled_from(["1001", "2044", "3003"]),
        st.just("Matti"),
        st.just(NAME),
        street=st.sampled_from(["", "Kuja 1"]),
        tags=st.sampled_from([(), ("protected",)]),
    ),
    st.sampled_from([("customer_id_label",), ("header", "greeting")]),
)
pairs = st.builds(
    RememberedPair,
    st.just(1),
    st.just("1001"),
    st.booleans(),
    st.frozensets(st.sampled_from([code.value for code in ReasonCode])),
    st.none(),
    st.just(datetime(2026, 11, 16, tzinfo=UTC)),
)
findings = st.builds(
    Finding,
    st.sampled_from(["credential.pin", "personal.iban"]),
    st.sampled_from(FindingKind),
    st.just("body.1"),
    st.just(0),
    st.just(12),
    st.just(Secret(SECRET)),
)


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """With a street or without, by a machine or a person, readable or not."""
    text = draw(st.sampled_from(["Hei!", "Kuja 1", f"PIN {SECRET}"]))
    headers = draw(st.sampled_from([(), (("Auto-Submitted", "auto-generated"),)]))
    troubles = draw(
        st.lists(st.builds(Trouble, st.sampled_from(["unreadable", "encrypted", "odd"]), st.just("a"), st.just("b")))
    )
    return Letter("Order", "<1@a.example>", headers, (Part("body.1", PartRole.BODY, text),), tuple(troubles))


@st.composite
def relations(draw: st.DrawFn, known: list[Identified]) -> list[Relation]:
    """For each recipient none, one or several."""
    about = st.sampled_from(known) if known else st.none()
    one = st.builds(
        Relation,
        st.sampled_from(RECIPIENTS),
        st.sampled_from(RelationKind),
        about,
        state=st.none() | st.sampled_from(AddressState),
        remembered=st.lists(pairs, max_size=2).map(tuple),
    )
    return draw(st.lists(one, max_size=6))


@settings(max_examples=200, deadline=None)
@given(st.data(), letters(), st.lists(customers, max_size=3), st.lists(findings, max_size=4), st.integers(0, 60))
def test_the_decision_on_the_features_is_the_decision_on_the_letter(
    data: st.DataObject, letter: Letter, about: list[Identified], found: list[Finding], people: int
) -> None:
    """For any letter: kept as JSON and asked again, the policy gives the same verdict, reasons and approvals."""
    who = Identification(tuple(about), data.draw(st.sampled_from([None, "Maija"])) if about else None)
    known = [one for one in about if one.customer.protected or not any(each.customer.protected for each in about)]
    asked = data.draw(relations(known))
    to = RECIPIENTS[: data.draw(st.integers(0, 3))]
    live = POLICY.decide(letter, to, who, asked, found, people, stale_register=data.draw(st.booleans()))
    assert live.features is not None
    kept = json.dumps(describe_features(live.features))
    replayed = POLICY.decide_again(read_features(json.loads(kept)))
    codes = list(dict.fromkeys(reason.code for reason in live.reasons))
    assert (replayed.verdict, list(replayed.reasons), replayed.approvals) == (live.verdict, codes, live.approvals)
    assert not any(word in kept for word in (NAME, SECRET, "@", "1001", "Kuja"))


def test_a_letter_to_a_hundred_about_a_hundred_is_kept_in_little() -> None:
    """Ten thousand relations take as much room as those that differ; what would be huge is not kept at all."""
    about = [Identified(Customer(str(n), "Matti", NAME), ("customer_id_label",)) for n in range(100)]
    to = [f"r{n}@post.example" for n in range(100)]
    all_relations = [Relation(one, list(RelationKind)[n % 13], who) for one in to for n, who in enumerate(about)]
    live = POLICY.decide(Letter("", "", (), ()), to, Identification(tuple(about)), all_relations, [], 100)
    assert live.features is not None
    described = describe_features(live.features)
    assert len(json.dumps(described)) < 2000
    many = tuple(
        (1, (relation, *live.features.recipients[0][1][:n]))
        for n, relation in enumerate(live.features.recipients[0][1] * 60)
    )
    too_long = type(live.features)(recipients=many)
    assert describe_features(too_long) is None
    assert MOST_OCTETS < 20_000
