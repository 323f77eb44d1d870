"""Relations: partners, the state of an address on record, remembered decisions, and misspelt domains."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from mailguard.core.address import canonical
from mailguard.core.customer import Customer
from mailguard.core.memory import AddressState
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.customers.bounces import bounce
from mailguard.customers.disputes import dispute
from mailguard.customers.importing import import_customers
from mailguard.customers.pairs import remember
from mailguard.customers.register import Register
from mailguard.customers.tables.memory import CONFIRMATIONS
from mailguard.customers.tables.register import EMAILS
from mailguard.namesake.neighbours import neighbours
from mailguard.namesake.relate import relate
from mailguard.store.store import Store

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
HEADER = "customer_id,first_name,last_name,emails,street,postcode,city,email_confirmed\n"
ROWS = """\
1001,Matti,Virtanen,matti.virtanen@post.example;matti@work.example,Koivukuja 3,02100,Espoo,yes;no
2044,Matti,Virtanen,m.virtanen@mail.example,Satamakatu 12,33200,Tampere,yes
3001,Kaisa,Laaksonen,kaisa@post.example,Kivitie 1,90100,Oulu,yes
"""
MATTI, DOUBTED, NAMESAKE = "matti.virtanen@post.example", "matti@work.example", "m.virtanen@mail.example"
Bring = Callable[..., Register]


@pytest.fixture
def bring(any_store: Store, tmp_path: Path) -> Bring:
    """Imports customers and gives the register."""

    def run(rows: str = ROWS) -> Register:
        file = tmp_path / "customers.csv"
        file.write_text(HEADER + rows, encoding="utf-8")
        assert import_customers(any_store.engine, file, {}, lambda done, total: None).bad_rows == []
        return Register(any_store.engine)

    return run


def about(register: Register, *ids: str) -> list[Identified]:
    """The letter names these customers' numbers."""
    return [Identified(customer, ("customer_id_label",)) for customer in register.by_ids(ids)]


def one(register: Register, address: str, customer: str = "1001", **more: object) -> Relation:
    """The relation of one recipient to one customer."""
    (relation,) = relate([address], about(register, customer), register, ["operator.example"], at=NOW, **more)  # type: ignore[arg-type]
    return relation


def answered(session: Session, address: str, customer_id: str, at: datetime) -> None:
    """Whoever reads the address has answered the guard's own question with yes."""
    row = {"canonical": canonical(address), "address": address, "customer_id": customer_id, "asked_at": at}
    row |= {"seed": f"{at}", "link_digest": f"{at}", "code_digest": "", "language": "en", "asked_by": "guard"}
    row |= {"expires_at": at, "tries": 0, "answer": "confirmed", "answered_at": at}
    session.execute(CONFIRMATIONS.insert().values(row))


def remembered(session: Session, address: str, approved: bool, reason: str, at: datetime = YESTERDAY) -> None:
    """A decision on the address for customer 1001, good until next year."""
    remember(session, address, "1001", approved, [reason], date(2027, 11, 15), "MG-7K4M-92QT", "sofia", at)


def test_an_address_is_confirmed_by_itself(bring: Bring) -> None:
    """Of a customer's two addresses one is confirmed by the source and the other not."""
    register = bring()
    assert one(register, MATTI).kind is RelationKind.ON_RECORD
    doubted = one(register, DOUBTED)
    assert (doubted.kind, doubted.state, doubted.bearers) == (RelationKind.UNCONFIRMED, AddressState.UNCONFIRMED, 2)


def test_where_nothing_is_confirmed_nothing_is_in_doubt(bring: Bring) -> None:
    """A source that never says `confirmed` says nothing by its silence."""
    register = bring(ROWS.replace("yes;no", "no").replace("yes", "no"))
    relation = one(register, MATTI)
    assert (relation.kind, relation.state) == (RelationKind.ON_RECORD, AddressState.UNKNOWN)


def test_an_answer_or_an_approval_confirms(bring: Bring, any_store: Store) -> None:
    """The guard's own question answered, or a reviewer's approval: the address is its customer's from then on."""
    register = bring()
    with any_store.writing() as session:
        answered(session, DOUBTED, "1001", YESTERDAY)
    assert one(register, DOUBTED).state is AddressState.CONFIRMED
    # For another customer the answer says nothing.
    assert one(register, DOUBTED, "3001").kind is RelationKind.OTHER_CUSTOMER


def test_an_approved_pair_confirms_until_its_day(bring: Bring, any_store: Store) -> None:
    """Until the last day of the approval, that day included."""
    register = bring()
    with any_store.writing() as session:
        remembered(session, DOUBTED, True, "unconfirmed")
    customers = about(register, "1001")
    for day, kind in ((15, RelationKind.ON_RECORD), (16, RelationKind.UNCONFIRMED)):
        at = datetime(2027, 11, day, 23, 59, tzinfo=UTC)
        assert relate([DOUBTED], customers, register, [], at=at)[0].kind is kind


def test_a_changed_address_is_in_doubt_for_a_while(bring: Bring, any_store: Store) -> None:
    """An address that came to a known record lately is in doubt, also where the source knows no confirmation."""
    register = bring(ROWS.replace("yes;no", "no").replace("yes", "no"))
    with any_store.writing() as session:
        session.execute(EMAILS.update().where(EMAILS.c.address == DOUBTED).values(added_at=NOW - timedelta(days=20)))
    relation = one(register, DOUBTED)
    assert (relation.kind, relation.state) == (RelationKind.UNCONFIRMED, AddressState.CHANGED)
    assert one(register, DOUBTED, changed_days=20).kind is RelationKind.ON_RECORD
    assert one(register, DOUBTED, changed_days=0).kind is RelationKind.ON_RECORD
    with any_store.writing() as session:
        answered(session, DOUBTED, "1001", NOW - timedelta(days=40))
    assert one(register, DOUBTED).state is AddressState.CHANGED, "the answer is older than the address on the record"
    with any_store.writing() as session:
        answered(session, DOUBTED, "1001", YESTERDAY)
    assert one(register, DOUBTED).state is AddressState.CONFIRMED


def test_a_bounce_outweighs_what_was_said_before_it(bring: Bring, any_store: Store) -> None:
    """A mailbox that is gone may be somebody else's tomorrow: confirmed again is only what is answered after it."""
    register = bring()
    with any_store.writing() as session:
        answered(session, MATTI, "1001", NOW - timedelta(days=2))
        bounce(session, MATTI, None, "next hop", YESTERDAY)
    relation = one(register, MATTI)
    assert (relation.kind, relation.state) == (RelationKind.UNCONFIRMED, AddressState.BOUNCED)
    with any_store.writing() as session:
        remembered(session, MATTI, True, "unconfirmed", at=NOW)
    assert one(register, MATTI).kind is RelationKind.ON_RECORD


def test_a_dispute_outweighs_everything(bring: Bring, any_store: Store) -> None:
    """Approved and confirmed: whoever says "this is not me" holds it all the same, partner or not."""
    register = bring()
    with any_store.writing() as session:
        remembered(session, MATTI, True, "unconfirmed")
        dispute(session, MATTI, "1001", "the reader", NOW)
    assert one(register, MATTI, partners=["post.example"]).kind is RelationKind.DISPUTED


@pytest.mark.parametrize(
    ("partner", "address", "kind"),
    [
        ("partner.example", "orders@partner.example", RelationKind.PARTNER),
        ("@Partner.Example", "orders@mail.partner.example", RelationKind.PARTNER),
        ("partner.example", "orders@notpartner.example", RelationKind.UNRELATED),
        ("orders@partner.example", "Orders+1@partner.example", RelationKind.PARTNER),
        ("orders@partner.example", "boss@partner.example", RelationKind.UNRELATED),
        ("münchen.example", "a@xn--mnchen-3ya.example", RelationKind.PARTNER),
        ("mail.example", NAMESAKE, RelationKind.PARTNER),
        ("post.example", MATTI, RelationKind.ON_RECORD),
        ("operator.example", "agent@operator.example", RelationKind.INTERNAL),
    ],
)
def test_partners(bring: Bring, partner: str, address: str, kind: RelationKind) -> None:
    """By address or domain, whoever the letter is about; the customer's own record and the house go first."""
    assert one(bring(), address, partners=[partner]).kind is kind


def test_a_partner_needs_no_customer(bring: Bring) -> None:
    """A letter that is about nobody on record."""
    (relation,) = relate(["a@partner.example"], (), bring(), [], partners=["partner.example"], at=NOW)
    assert (relation.kind, relation.about) == (RelationKind.PARTNER, None)


def test_what_is_remembered_goes_with_the_relation(bring: Bring, any_store: Store) -> None:
    """The relation stays what it is; the decision that counts stands beside it, for that customer only."""
    register = bring()
    with any_store.writing() as session:
        remembered(session, NAMESAKE, True, "namesake")
    relation = one(register, NAMESAKE)
    assert (relation.kind, relation.forgiven) == (RelationKind.NAMESAKE, frozenset({"namesake"}))
    assert relation.rejection is None
    assert one(register, NAMESAKE, "3001").remembered == ()
    with any_store.writing() as session:
        remembered(session, NAMESAKE, False, "namesake")
    relation = one(register, NAMESAKE)
    assert relation.rejection is not None
    assert relation.forgiven == frozenset()


def test_a_rejection_is_not_outweighed_by_a_nearer_customer(bring: Bring, any_store: Store) -> None:
    """Of two customers whom the same words fit, the one for whom the address was rejected counts."""
    register = bring()
    with any_store.writing() as session:
        remembered(session, NAMESAKE, False, "namesake")
    either = [Identified(about.customer, about.evidence, "1001") for about in about(register, "1001", "2044")]
    (relation,) = relate([NAMESAKE], either, register, [], at=NOW)
    assert relation.rejection is not None


def test_typing_errors_are_told_by_the_providers_on_record(bring: Bring) -> None:
    """A domain that many customers use is a provider, whatever the world thinks of it; a rare one beside it is not."""
    many = "".join(f"9{n:03},Anna,Korpi{n},anna{n}@verkkoposti.example,,,,yes\n" for n in range(20))
    register = bring(ROWS + many + "8001,Anna,Harju,anna@verkopost.example,,,,yes\n")
    relation = one(register, "matti.virtanen@verkkopsti.example")
    assert (relation.kind, relation.resembles) == (RelationKind.TYPO_DOMAIN, "verkkoposti.example")
    # Two letters away, and a stranger's name.
    assert one(register, "matti.virtanen@verkpsti.example").kind is RelationKind.LOOKALIKE
    assert one(register, "liisa.kivi@verkkopsti.example").kind is RelationKind.UNRELATED


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("Matti.Virtanen@POST.example", RelationKind.ON_RECORD),
        ("matti.virtanen+koti@post.example", RelationKind.ON_RECORD),
        ("matti.virtanen@post\uff0eexample", RelationKind.ON_RECORD),
        ("matti.v\u0131rtanen@post.example", RelationKind.LOOKALIKE),
        ("matti.v\u0456rtanen@post.example", RelationKind.LOOKALIKE),
        ("\uff4datti.virtanen@post.example", RelationKind.LOOKALIKE),
        ("mat\u1d57i.virtanen@post.example", RelationKind.LOOKALIKE),
        ("matti.virtanen@p\u043est.example", RelationKind.LOOKALIKE),
        ("matti.virtanen@xn--pst-emc.example", RelationKind.LOOKALIKE),
        ("matti.virtanen@p0st.example", RelationKind.LOOKALIKE),
        ("mattivirtanen@post.example", RelationKind.LOOKALIKE),
        ("matti.virtanen@post.exampel", RelationKind.TYPO_DOMAIN),
        ("matti.virtanen@pots.example", RelationKind.TYPO_DOMAIN),
    ],
)
def test_spellings_of_the_customers_address(bring: Bring, any_store: Store, address: str, kind: RelationKind) -> None:
    """One mailbox in another spelling is on record; what looks like it or stands for it is not, approved or not."""
    register = bring()
    with any_store.writing() as session:
        remembered(session, MATTI, True, "lookalike")
    relation = one(register, address, partners=["orders@post.example"])
    assert relation.kind is kind
    assert kind is RelationKind.ON_RECORD or relation.forgiven == frozenset()


@given(st.text(max_size=80), st.lists(st.text(max_size=30), max_size=3))
def test_any_list_of_partners_can_be_read(address: str, partners: list[str]) -> None:
    """Whatever is configured and whatever comes over the wire, there is an answer."""
    known = neighbours(tuple(partners), tuple(partners))
    assert known.is_partner(address) in (True, False)
    assert known.is_inside(address) in (True, False)


def test_nobody_is_a_partner_by_an_empty_list() -> None:
    """An empty text, a dot or an at sign makes nobody a partner."""
    known = neighbours(("", ".", "@"), ("", ".", "@"))
    assert not known.is_partner("a@b.example")
    assert not known.is_inside("b.example")
    assert not known.is_inside("")


def test_a_customer_made_by_hand_has_no_confirmed_address() -> None:
    """The plain value says nothing that nobody has said."""
    assert Customer("1", "A", "B", emails=("a@b.example",)).confirmed == frozenset()
