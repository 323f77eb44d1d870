"""Verdicts: the table, the worst of several, and what is said about it."""

from pathlib import Path

import pytest

from mailguard.core.finding import Finding, FindingKind
from mailguard.core.part import Letter, Trouble
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.verdict import Judgement, ReasonCode, Verdict
from mailguard.namesake.identify import Identification
from mailguard.policy.policy import Policy
from tests.policy.letters import ABOUT_HIDDEN, ABOUT_MATTI, HIDDEN, OTHER_MATTI, finding, letter

RULES = Path(__file__).parents[2] / "rules"
POLICY = Policy.load([RULES])
TO = "someone@there.example"


def decide(
    kind: RelationKind,
    *kinds: FindingKind,
    about: Identified = ABOUT_MATTI,
    people: int = 1,
    read: Letter | None = None,
    conflict: str | None = None,
) -> Judgement:
    """The verdict on a letter to one recipient of that relation."""
    known = kind not in (RelationKind.INTERNAL, RelationKind.NO_CUSTOMER)
    relation = Relation(TO, kind, about if known else None, owner=OTHER_MATTI if known else None)
    identification = Identification((about,) if kind is not RelationKind.NO_CUSTOMER else (), conflict)
    findings = [finding(found) for found in kinds]
    return POLICY.decide(read or letter(), [TO], identification, [relation], findings, people)


CREDENTIAL_KINDS = [
    FindingKind.PASSWORD,
    FindingKind.PIN,
    FindingKind.PUK,
    FindingKind.ACCESS_CODE,
    FindingKind.API_KEY,
    FindingKind.PRIVATE_KEY,
]


@pytest.mark.parametrize("relation", list(RelationKind))
@pytest.mark.parametrize("kind", CREDENTIAL_KINDS)
def test_a_credential_is_held_for_everybody(kind: FindingKind, relation: RelationKind) -> None:
    """No relation makes a password by mail right."""
    judged = decide(relation, kind)
    assert judged.verdict is Verdict.HOLD
    assert ReasonCode.CREDENTIAL in {reason.code for reason in judged.reasons}


@pytest.mark.parametrize(
    ("relation", "code"),
    [
        (RelationKind.NAMESAKE, "namesake"),
        (RelationKind.LOOKALIKE, "lookalike"),
        (RelationKind.TYPO_DOMAIN, "typo_domain"),
        (RelationKind.OTHER_CUSTOMER, "other_customer"),
        (RelationKind.DISPUTED, "disputed"),
        (RelationKind.UNRELATED, "unrelated"),
        (RelationKind.FORMER_ADDRESS, "unrelated"),
    ],
)
def test_a_wrong_recipient_is_held_whatever_the_letter_holds(relation: RelationKind, code: str) -> None:
    """An empty letter about a customer is held when it goes to somebody else."""
    judged = decide(relation)
    assert (judged.verdict, [reason.code for reason in judged.reasons]) == (Verdict.HOLD, [code])


@pytest.mark.parametrize(
    "relation",
    [
        RelationKind.ON_RECORD,
        RelationKind.UNCONFIRMED,
        RelationKind.INTERNAL,
        RelationKind.HOUSEHOLD,
        RelationKind.NO_CUSTOMER,
    ],
)
def test_a_harmless_letter_passes(relation: RelationKind) -> None:
    """Nothing found and nobody wrong: pass, without a reason."""
    judged = decide(relation)
    assert (judged.verdict, judged.reasons) == (Verdict.PASS, ())


P, H = Verdict.PASS, Verdict.HOLD


@pytest.mark.parametrize(
    ("relation", "kinds", "verdict"),
    [
        (RelationKind.ON_RECORD, [FindingKind.NATIONAL_ID], P),
        (RelationKind.INTERNAL, [FindingKind.NATIONAL_ID], P),
        (RelationKind.HOUSEHOLD, [FindingKind.NATIONAL_ID], H),
        (RelationKind.NO_CUSTOMER, [FindingKind.NATIONAL_ID], H),
        (RelationKind.NO_CUSTOMER, [FindingKind.IDENTITY_DOCUMENT], H),
        (RelationKind.NO_CUSTOMER, [FindingKind.BIRTH_DATE], P),
        (RelationKind.NO_CUSTOMER, [FindingKind.IBAN], P),
        (RelationKind.NO_CUSTOMER, [FindingKind.IBAN, FindingKind.BIRTH_DATE], H),
        (RelationKind.ON_RECORD, [FindingKind.PAYMENT_CARD], H),
        (RelationKind.INTERNAL, [FindingKind.PAYMENT_CARD], P),
        (RelationKind.ON_RECORD, [FindingKind.ONE_TIME_CODE], P),
        (RelationKind.NO_CUSTOMER, [FindingKind.ONE_TIME_CODE], H),
        (RelationKind.HOUSEHOLD, [FindingKind.ONE_TIME_CODE], H),
        (RelationKind.ON_RECORD, [FindingKind.RECORDING], H),
    ],
)
def test_personal_data(relation: RelationKind, kinds: list[FindingKind], verdict: Verdict) -> None:
    """Personal data may go to the customer on record and inside the house."""
    assert decide(relation, *kinds).verdict is verdict


@pytest.mark.parametrize(
    ("relation", "people", "verdict"),
    [
        (RelationKind.NO_CUSTOMER, 2, P),
        (RelationKind.NO_CUSTOMER, 3, H),
        (RelationKind.ON_RECORD, 3, H),
        (RelationKind.INTERNAL, 49, P),
        (RelationKind.INTERNAL, 50, H),
    ],
)
def test_bulk(relation: RelationKind, people: int, verdict: Verdict) -> None:
    """Data on many people is held by its number, with another limit inside the house."""
    judged = decide(relation, people=people)
    assert judged.verdict is verdict
    assert [reason.code for reason in judged.reasons] in ([], [ReasonCode.BULK_PERSONAL_DATA])


@pytest.mark.parametrize(("either", "verdict"), [("2044", P), ("", H)])
def test_customers_whom_the_same_words_fit_count_once(either: str, verdict: Verdict) -> None:
    """A letter to one of three people of one name in one house is about one of them; three numbers are three people."""
    about = tuple(
        Identified(OTHER_MATTI._replace(customer_id=number), ("name_and_address",), either)
        for number in ("2044", "2045", "2046")
    )
    relation = Relation(TO, RelationKind.ON_RECORD, about[0])
    assert POLICY.decide(letter(), [TO], Identification(about), [relation], [], 1).verdict is verdict


@pytest.mark.parametrize("kind", ["unreadable", "encrypted", "recording", "something new"])
def test_what_could_not_be_read_is_held(kind: str) -> None:
    """Every trouble is a ground to hold, also one that the table does not know, and its words are in the reason."""
    judged = decide(RelationKind.ON_RECORD, read=letter(troubles=[Trouble(kind, "a", "the attachment is locked")]))
    assert judged.verdict is Verdict.HOLD
    assert "the attachment is locked" in judged.reasons[0].text


def test_a_protected_customer_is_nobody_elses_business() -> None:
    """A letter about a protected person passes to that person only; inside the house without the street."""
    for kind in (RelationKind.HOUSEHOLD, RelationKind.UNRELATED, RelationKind.OTHER_CUSTOMER):
        codes = [reason.code for reason in decide(kind, about=ABOUT_HIDDEN).reasons]
        assert ReasonCode.PROTECTED_CUSTOMER in codes
    assert decide(RelationKind.ON_RECORD, about=ABOUT_HIDDEN).verdict is Verdict.PASS
    assert decide(RelationKind.INTERNAL, about=ABOUT_HIDDEN).verdict is Verdict.PASS
    street = letter(f"She moved to {HIDDEN.street}, 40100 Jyväskylä.")
    assert decide(RelationKind.INTERNAL, about=ABOUT_HIDDEN, read=street).verdict is Verdict.HOLD
    assert decide(RelationKind.ON_RECORD, about=ABOUT_HIDDEN, read=street).verdict is Verdict.PASS


def test_a_conflict_is_held_and_names_both() -> None:
    """A greeting to somebody else than the customer of the number."""
    judged = decide(RelationKind.ON_RECORD, conflict="Pekka Saari")
    assert judged.reasons[0].code is ReasonCode.IDENTITY_CONFLICT
    assert judged.reasons[0].text == (
        "The letter greets Pekka Saari, but it is about customer 1001, Matti Virtanen, Espoo "
        "(identified by customer number)."
    )
    assert decide(RelationKind.INTERNAL, conflict="Pekka Saari").verdict is Verdict.PASS


def test_the_worst_recipient_decides_and_each_has_its_own_verdict() -> None:
    """Two recipients, one right: one passes, one is held, the letter is held."""
    right = Relation("matti@virtanen.example", RelationKind.ON_RECORD, ABOUT_MATTI)
    wrong = Relation("m.virtanen@gmail.com", RelationKind.NAMESAKE, ABOUT_MATTI, OTHER_MATTI, bearers=6)
    recipients = [right.recipient, wrong.recipient]
    judged = POLICY.decide(letter(), recipients, Identification((ABOUT_MATTI,)), [right, wrong], [], 1)
    assert [verdict.verdict for verdict in judged.recipients] == [Verdict.PASS, Verdict.HOLD]
    assert judged.verdict is Verdict.HOLD
    assert [reason.text for reason in judged.reasons] == [
        "m.virtanen@gmail.com is not on record for customer 1001, Matti Virtanen, Espoo (identified by customer "
        "number). It belongs to customer 2044, Matti Virtanen, Tampere; 6 customers bear this name."
    ]


def test_one_recipient_and_two_customers() -> None:
    """On record for one customer and nobody to the other: the worse relation is shown and decides."""
    second = Identified(OTHER_MATTI, ("customer_id_label",))
    relations = [Relation(TO, RelationKind.ON_RECORD, ABOUT_MATTI), Relation(TO, RelationKind.UNRELATED, second)]
    judged = POLICY.decide(letter(), [TO], Identification((ABOUT_MATTI, second)), relations, [], 1)
    assert judged.recipients[0].relation.kind is RelationKind.UNRELATED
    assert judged.verdict is Verdict.HOLD


def test_a_recipient_nobody_looked_at_is_held() -> None:
    """A missing relation is not a pass."""
    judged = POLICY.decide(letter(), [TO], Identification(()), [], [], 1)
    assert judged.verdict is Verdict.HOLD


def test_no_recipients_is_held() -> None:
    """A letter to nobody is nobody's to pass."""
    assert POLICY.decide(letter(), [], Identification(()), [], [], 1).verdict is Verdict.HOLD


def test_a_secret_is_in_no_reason() -> None:
    """Whatever was found, its value is in no sentence."""
    findings: list[Finding] = [finding(kind, "hunter2-geheim") for kind in FindingKind]
    for kind in RelationKind:
        relation = Relation(TO, kind, ABOUT_MATTI, OTHER_MATTI)
        judged = POLICY.decide(letter(), [TO], Identification((ABOUT_MATTI,)), [relation], findings, 5)
        assert "hunter2" not in " ".join(reason.text for reason in judged.reasons)


def test_reasons_are_distinct_and_worst_first() -> None:
    """The same sentence is said once for many recipients; the wrong reader stands before what he would read."""
    relations = [Relation(f"r{n}@x.example", RelationKind.NO_CUSTOMER) for n in range(50)]
    relations.append(Relation(TO, RelationKind.NAMESAKE, ABOUT_MATTI, OTHER_MATTI))
    recipients = [relation.recipient for relation in relations]
    found = [finding(FindingKind.PIN), finding(FindingKind.PASSWORD, part="attachment.2")]
    judged = POLICY.decide(letter(), recipients, Identification((ABOUT_MATTI,)), relations, found, 1)
    assert [reason.code for reason in judged.reasons] == [ReasonCode.NAMESAKE, ReasonCode.CREDENTIAL]
    assert judged.reasons[1].text == (
        "The letter contains a PIN and a password (in the body and in the attachment list.csv)."
    )
