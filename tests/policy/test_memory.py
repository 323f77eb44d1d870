"""What is remembered, doubted or out of date: verdicts beyond the relation itself."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailguard.core.customer import Customer
from mailguard.core.finding import FindingKind
from mailguard.core.memory import AddressState, RememberedPair
from mailguard.core.part import Letter
from mailguard.core.reason import PAIR_REASONS
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.verdict import HeldPair, Judgement, ReasonCode, Verdict
from mailguard.namesake.identify import Identification
from mailguard.policy.own_data import states_own_data
from mailguard.policy.policy import Policy
from tests.policy.letters import ABOUT_HIDDEN, ABOUT_MATTI, HIDDEN, OTHER_MATTI, finding, letter

RULES = Path(__file__).parents[2] / "rules"
POLICY = Policy.load([RULES])
TO = "someone@there.example"
AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
LANGUAGES = ["en", "fi", "sv", "pl", "nl", "de"]
PAIR_RELATIONS = {
    RelationKind.NAMESAKE: "namesake",
    RelationKind.LOOKALIKE: "lookalike",
    RelationKind.TYPO_DOMAIN: "typo_domain",
    RelationKind.OTHER_CUSTOMER: "other_customer",
    RelationKind.UNRELATED: "unrelated",
    RelationKind.FORMER_ADDRESS: "unrelated",
}


def pair(approved: bool, *reasons: str) -> RememberedPair:
    """A decision about customer 1001."""
    return RememberedPair(7, "1001", approved, frozenset(reasons), None, AT, "MG-7K4M-92QT")


def decide(
    kind: RelationKind,
    *kinds: FindingKind,
    remembered: tuple[RememberedPair, ...] = (),
    about: Identified = ABOUT_MATTI,
    state: AddressState | None = None,
    text: str = "",
    conflict: str | None = None,
    stale: bool = False,
    policy: Policy = POLICY,
) -> Judgement:
    """The verdict on a letter to one recipient."""
    known = kind not in (RelationKind.INTERNAL, RelationKind.NO_CUSTOMER)
    relation = Relation(
        TO, kind, about if known else None, OTHER_MATTI if known else None, state=state, remembered=remembered
    )
    identification = Identification((about,) if kind is not RelationKind.NO_CUSTOMER else (), conflict)
    found = [finding(one) for one in kinds]
    return policy.decide(letter(text), [TO], identification, [relation], found, 1, stale_register=stale)


def codes(judged: Judgement) -> set[str]:
    """The reasons' codes."""
    return {reason.code.value for reason in judged.reasons}


@pytest.mark.parametrize(("kind", "reason"), PAIR_RELATIONS.items())
def test_an_approved_pair_is_not_held_again_for_the_same_reason(kind: RelationKind, reason: str) -> None:
    """For the reason that was approved it passes; for another one it is held."""
    assert decide(kind, remembered=(pair(True, reason),)).verdict is Verdict.PASS
    others = sorted({code.value for code in PAIR_REASONS} - {reason})
    judged = decide(kind, remembered=(pair(True, *others),))
    assert (judged.verdict, codes(judged)) == (Verdict.HOLD, {reason})


@pytest.mark.parametrize(
    ("found", "conflict", "code"),
    [
        (FindingKind.PASSWORD, None, "credential"),
        (FindingKind.NATIONAL_ID, None, "personal_data"),
        (FindingKind.ONE_TIME_CODE, None, "one_time_code"),
        (FindingKind.PAYMENT_CARD, None, "personal_data"),
        (None, "Pekka Saari", "identity_conflict"),
    ],
)
def test_other_reasons_hold_an_approved_pair(found: FindingKind | None, conflict: str | None, code: str) -> None:
    """What the letter carries is asked anew, whoever may be written to."""
    everything = pair(True, *ReasonCode)
    kinds = [found] if found else []
    judged = decide(RelationKind.NAMESAKE, *kinds, remembered=(everything,), conflict=conflict)
    assert (judged.verdict, codes(judged)) == (Verdict.HOLD, {code})
    # Nothing of it is remembered: these are no reasons of a pair.
    assert judged.recipients[0].pairs == ()


def test_an_approval_never_outweighs_a_dispute_or_a_protected_customer() -> None:
    """Whatever was approved before."""
    everything = pair(True, *ReasonCode)
    assert codes(decide(RelationKind.DISPUTED, remembered=(everything,))) == {"disputed"}
    assert codes(decide(RelationKind.UNRELATED, remembered=(everything,), about=ABOUT_HIDDEN)) == {"protected_customer"}


def test_a_doubt_that_is_newer_than_the_approval_holds() -> None:
    """A relation is `unconfirmed` only where no approval has ended the doubt (`core.memory.state_of`)."""
    judged = decide(
        RelationKind.UNCONFIRMED, FindingKind.IBAN, remembered=(pair(True, *ReasonCode),), state=AddressState.BOUNCED
    )
    assert codes(judged) == {"unconfirmed"}


@pytest.mark.parametrize("kind", [kind for kind in RelationKind if kind not in (RelationKind.INTERNAL, "no_customer")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rejected_pair_is_held_whatever_it_is_by_now(kind: RelationKind, language: str) -> None:
    """Also on record, in the household or a partner; the sentence says when and in which case."""
    policy = Policy.load([RULES], language)
    judged = decide(kind, remembered=(pair(False, "namesake"),), policy=policy)
    assert judged.verdict is Verdict.HOLD
    text = " ".join(reason.text for reason in judged.reasons)
    assert text.count("MG-7K4M-92QT") == 1
    assert "2026" in text
    assert "1001" in text
    if kind in (RelationKind.ON_RECORD, RelationKind.PARTNER):
        assert codes(judged) == {"namesake"}
        assert [reason.value for reason in judged.recipients[0].pairs[0].reasons] == ["namesake"]


def test_the_sentence_of_a_rejection() -> None:
    """In full, for an address that has come on record since."""
    (reason,) = decide(RelationKind.ON_RECORD, remembered=(pair(False, "unconfirmed"),)).reasons
    assert reason.text == (
        "someone@there.example is on record for customer 1001, Matti Virtanen, Espoo (identified by customer number). "
        "The address was rejected for this customer on 16 November 2026 (case MG-7K4M-92QT)."
    )


@pytest.mark.parametrize("kind", [kind for kind in FindingKind if kind is not FindingKind.RECORDING])
def test_the_first_sensitive_letter_to_a_doubtful_address_is_held(kind: FindingKind) -> None:
    """Anything found makes a letter sensitive."""
    judged = decide(RelationKind.UNCONFIRMED, kind, state=AddressState.UNCONFIRMED)
    assert "unconfirmed" in codes(judged)
    assert judged.recipients[0].pairs == (HeldPair("1001", (ReasonCode.UNCONFIRMED,)),)


PERSON = Customer(
    "1001",
    "Matti",
    "Virtanen",
    phone="+358 40 123 4567;09 555 0199",
    birth_date=date(1974, 5, 2),
    street="Kuja 1 A 4",
    postcode="02100",
    city="Espoo",
    username="mvirt74",
    national_id="020574-123X",
)


@pytest.mark.parametrize(
    "text",
    [
        "The router goes to Kuja 1, 02100 Espoo.",
        "KUJA 1 A 4",
        "Call 040-1234567?",
        "puh. (09) 5550199",
        "born 2 May 1974",
        "2.5.1974",
        "1974-05-02",
        "Log in as MVIRT74.",
        "user: mvirt74\npassword follows",
        "hetu 020574-123X",
    ],
)
def test_own_data_makes_a_letter_sensitive(text: str) -> None:
    """Street with number, telephone, birth date, user name, national id, however they are written."""
    assert states_own_data(letter(text), [PERSON])
    judged = decide(RelationKind.UNCONFIRMED, about=Identified(PERSON, ("header",)), text=text)
    assert codes(judged) == {"unconfirmed"}
    assert judged.reasons[0].text.endswith("The letter says more about the customer than name and number.")


@pytest.mark.parametrize(
    "text",
    [
        "Dear Matti Virtanen, your customer number is 1001.",
        "Kuja is a nice street in Espoo.",
        "Kuja 12",
        "On 2 May 2026 at 10:30",
        "mvirt74@post.example",
        "mvirt745",
        "Call us: 020 123 4000",
        "",
    ],
)
def test_name_and_number_are_no_own_data(text: str) -> None:
    """An ordinary letter to a doubtful address passes."""
    assert not states_own_data(letter(text), [PERSON])
    assert decide(RelationKind.UNCONFIRMED, about=Identified(PERSON, ("header",)), text=text).verdict is Verdict.PASS


def test_a_user_name_that_is_only_the_name_says_nothing() -> None:
    """Nor does one that is the customer number."""
    for username in ("matti", "Virtanen", "mattivirtanen", "1001"):
        person = Customer("1001", "Matti", "Virtanen", username=username)
        assert not states_own_data(letter(f"Hello Matti Virtanen 1001 mattivirtanen {username}"), [person])


def test_the_states_of_an_address_have_sentences_of_their_own() -> None:
    """Never confirmed, changed lately and bounced are told apart."""
    texts = {
        state: decide(RelationKind.UNCONFIRMED, FindingKind.IBAN, state=state).reasons[0].text
        for state in (AddressState.UNCONFIRMED, AddressState.CHANGED, AddressState.BOUNCED)
    }
    assert "nobody has ever confirmed it" in texts[AddressState.UNCONFIRMED]
    assert "only lately" in texts[AddressState.CHANGED]
    assert "came back" in texts[AddressState.BOUNCED]


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (RelationKind.ON_RECORD, Verdict.HOLD),
        (RelationKind.HOUSEHOLD, Verdict.HOLD),
        (RelationKind.NO_CUSTOMER, Verdict.HOLD),
        (RelationKind.INTERNAL, Verdict.PASS),
        (RelationKind.PARTNER, Verdict.PASS),
    ],
)
def test_a_stale_register_holds_sensitive_mail(kind: RelationKind, verdict: Verdict) -> None:
    """What goes outside and says something; a letter that says nothing passes."""
    judged = decide(kind, FindingKind.IBAN, stale=True)
    assert judged.verdict is verdict
    assert codes(judged) == ({"stale_register"} if verdict is Verdict.HOLD else set())
    assert decide(kind, stale=True).verdict is Verdict.PASS
    # It says nothing about the address, so nothing is remembered of it.
    assert judged.recipients[0].pairs == ()


def test_own_data_counts_for_a_stale_register_too() -> None:
    """The customer's street, to an address that was right when the register was."""
    judged = decide(RelationKind.ON_RECORD, text="Kuja 1", stale=True)
    assert codes(judged) == {"stale_register"}
    assert judged.reasons[0].text == "The customer register is out of date."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_age_of_a_stale_register_is_told(language: str) -> None:
    """In days, in the reader's language."""
    relation = Relation(TO, RelationKind.NO_CUSTOMER)
    judged = Policy.load([RULES], language).decide(
        letter(),
        [TO],
        Identification(()),
        [relation],
        [finding(FindingKind.IBAN)],
        1,
        stale_register=True,
        register_age_hours=97,
    )
    assert "4" in judged.reasons[0].text


STREET = f"She lives at {HIDDEN.street}, 40100 Jyväskylä."


@pytest.mark.parametrize("kind", [kind for kind in RelationKind if kind is not RelationKind.ON_RECORD])
def test_a_protected_address_needs_two_approvals(kind: RelationKind) -> None:
    """To anybody but that customer, the house and partners included; to the customer it passes."""
    relation = Relation(TO, kind, ABOUT_HIDDEN if kind not in ("internal", "no_customer") else None)
    judged = POLICY.decide(letter(STREET), [TO], Identification((ABOUT_HIDDEN,)), [relation], [], 1)
    assert (judged.verdict, judged.approvals) == (Verdict.HOLD, 2)


BILL = (
    "".join(f"{day}.3.2026 at {day % 12}:30, {day} calls, 0.{day:02} euros, page {day}\n" for day in range(1, 29)) * 30
)


def test_a_street_behind_a_long_bill_is_seen() -> None:
    """However many numbers stand before it, a customer's own street makes the letter sensitive, or a protected one."""
    assert states_own_data(letter(f"{BILL}\nKuja 1 A 4, 02100 Espoo"), [PERSON])
    assert not states_own_data(letter(BILL), [PERSON])
    assert decide(RelationKind.INTERNAL, about=ABOUT_HIDDEN, text=f"{BILL}\n{STREET}").approvals == 2


def test_other_letters_need_one_approval() -> None:
    """Also a letter about a protected customer without the street."""
    assert decide(RelationKind.ON_RECORD, about=ABOUT_HIDDEN, text=STREET).verdict is Verdict.PASS
    assert decide(RelationKind.UNRELATED, about=ABOUT_HIDDEN).approvals == 1
    assert decide(RelationKind.NAMESAKE, FindingKind.PASSWORD).approvals == 1


def test_the_most_cautious_recipient_decides_how_many_approve() -> None:
    """One recipient is the protected customer, the other nobody."""
    own = Relation("sirkka@there.example", RelationKind.ON_RECORD, ABOUT_HIDDEN)
    other = Relation(TO, RelationKind.UNRELATED, ABOUT_HIDDEN)
    recipients = [own.recipient, TO]
    judged = POLICY.decide(letter(STREET), recipients, Identification((ABOUT_HIDDEN,)), [own, other], [], 1)
    assert judged.approvals == 2
    assert [verdict.verdict for verdict in judged.recipients] == [Verdict.PASS, Verdict.HOLD]


def test_pairs_name_every_customer_for_whom_the_address_is_wrong() -> None:
    """Two customers, one address: namesake of the one, nobody's to the other, and a credential besides."""
    second = Identified(Customer("5005", "Anna", "Kuusi"), ("customer_id_label",))
    relations = [
        Relation(TO, RelationKind.NAMESAKE, ABOUT_MATTI, OTHER_MATTI),
        Relation(TO, RelationKind.UNRELATED, second),
    ]
    read: Letter = letter()
    judged = POLICY.decide(
        read, [TO], Identification((ABOUT_MATTI, second)), relations, [finding(FindingKind.PASSWORD)], 2
    )
    assert judged.recipients[0].pairs == (
        HeldPair("1001", (ReasonCode.NAMESAKE,)),
        HeldPair("5005", (ReasonCode.UNRELATED,)),
    )
