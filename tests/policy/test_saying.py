"""What a sentence is made of says in each language what that language's own policy would have said."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailguard.cases.phrases import pack_phrase, phrase_of
from mailguard.core.finding import FindingKind
from mailguard.core.memory import AddressState, RememberedPair
from mailguard.core.part import Trouble
from mailguard.core.phrase import Ago, Clause, Joined, Listed, OnDay, Phrase, Said
from mailguard.core.relation import Relation, RelationKind
from mailguard.core.verdict import Judgement, Reason, ReasonCode, Verdict
from mailguard.namesake.identify import Identification
from mailguard.policy.policy import Policy
from mailguard.policy.saying import say
from tests.policy.letters import ABOUT_HIDDEN, ABOUT_MATTI, OTHER_MATTI, finding, letter
from tests.policy.test_sentences import about_many

RULES = Path(__file__).parents[2] / "rules"
POLICIES = {language: Policy.load([RULES], language) for language in ("en", "fi", "sv", "pl", "nl", "de")}
REJECTED = RememberedPair(
    pair_id=1,
    customer_id="1001",
    approved=False,
    reasons=frozenset({ReasonCode.NAMESAKE.value}),
    until=None,
    decided_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    case_id="MG-7K4M-92QT",
)

NOBODYS = Relation("a@b.example", RelationKind.NO_CUSTOMER)


def judgements(policy: Policy) -> list[Judgement]:
    """Every relation with every content that a policy has a sentence for."""
    findings = [finding(kind) for kind in FindingKind] + [finding(FindingKind.PIN, part="attachment.2")]
    troubles = [Trouble(kind, "a", f"{kind} for 3 reasons") for kind in ("unreadable", "encrypted", "recording")]
    made = [about_many(5, policy)]
    for kind in RelationKind:
        relation = Relation("a@b.example", kind, ABOUT_MATTI, OTHER_MATTI, "matti@virtanen.example", bearers=7)
        changed = replace(relation, resembles=None, state=AddressState.CHANGED, remembered=(REJECTED,))
        nobody = Relation("a@b.example", kind, owner=OTHER_MATTI)
        for asked in (relation, changed, nobody):
            made.append(
                policy.decide(
                    letter(troubles=troubles),
                    ["a@b.example"],
                    Identification((ABOUT_MATTI, ABOUT_HIDDEN), "X Y"),
                    [asked],
                    findings,
                    60,
                    stale_register=True,
                    register_age_hours=100.0,
                )
            )
    passed = policy.decide(letter(), ["a@b.example"], Identification(()), [NOBODYS], [], 0)
    made.append(policy.hold_refused(passed, {"a@b.example"}))
    return made


def stored(reason: Reason) -> Phrase:
    """As it comes back from the database."""
    phrase = phrase_of(json.loads(json.dumps({"phrases": [pack_phrase(reason.phrase)]})), 0)
    assert phrase is not None
    return phrase


@pytest.mark.parametrize("house", POLICIES)
def test_a_stored_sentence_is_said_in_every_language(house: str) -> None:
    """Judged in one language and said in another: word for word what a house of that language would have stored."""
    judged = judgements(POLICIES[house])
    for language, policy in POLICIES.items():
        for here, there in zip(judged, judgements(policy), strict=True):
            assert [say(stored(reason), policy.wording) for reason in here.reasons] == [r.text for r in there.reasons]
            assert language == house or [r.text for r in here.reasons] != [r.text for r in there.reasons]


def test_who_was_refused_is_named() -> None:
    """Five at most, made harmless; the others keep their verdict; the reason is the last and the message held."""
    recipients = [f"anna{number}@example.org" for number in range(7)] + ["right@example.org"]
    relations = [Relation(one, RelationKind.NO_CUSTOMER) for one in recipients]
    policy = POLICIES["en"]
    judged = policy.decide(letter(), recipients, Identification(()), relations, [], 0)
    assert judged.verdict is Verdict.PASS
    held = policy.hold_refused(judged, frozenset(recipients[:7]))
    (reason,) = held.reasons
    assert (held.verdict, reason.code) == (Verdict.HOLD, ReasonCode.REFUSED)
    assert "anna4@example.org, and …." in reason.text
    assert "anna5" not in reason.text
    assert [one.address for one in held.for_the_held().recipients] == recipients[:7]
    assert [one.address for one in held.unhindered] == ["right@example.org"]
    odd = "<a>\u202e@b.example"
    judged = policy.decide(letter(), [odd], Identification(()), [Relation(odd, RelationKind.NO_CUSTOMER)], [], 0)
    assert "‹a›@b.example" in policy.hold_refused(judged, {odd}).reasons[0].text


def test_no_found_value_is_in_what_is_stored() -> None:
    """Neither a secret nor a part of it: a file that is called after its password has it masked."""
    secret = "Kanarialintu77"
    found = [finding(FindingKind.PASSWORD, secret, part="attachment.2")]
    plain = letter()
    named = tuple(replace(part, file_name=f"{secret}.zip") if part.file_name else part for part in plain.parts)
    relation = Relation("a@b.example", RelationKind.NAMESAKE, ABOUT_MATTI, OTHER_MATTI)
    judged = POLICIES["en"].decide(
        replace(plain, parts=named), ["a@b.example"], Identification((ABOUT_MATTI,)), [relation], found, 1
    )
    packed = json.dumps([pack_phrase(reason.phrase) for reason in judged.reasons])
    assert "parts.attachment" in packed
    assert secret not in packed


@pytest.mark.parametrize(
    "phrase",
    [
        "a value",
        Said("reasons.sensitive"),
        Said("kinds.pin", (("x", Listed(("a", Said("kinds.puk")))),)),
        Joined((Clause("it is broken"), OnDay(date(2026, 3, 2))), ";"),
        Ago(4.5),
    ],
)
def test_what_is_packed_is_unpacked(phrase: Phrase) -> None:
    """Through JSON and back."""
    assert phrase_of(json.loads(json.dumps({"phrases": [pack_phrase(phrase)]})), 0) == phrase


@pytest.mark.parametrize(
    "packed",
    [None, 5, [], {}, {"say": 5, "with": {}}, {"say": "x"}, {"list": []}, {"join": [], "sign": ""}, {"day": "soon"}],
)
def test_what_is_no_phrase_is_none(packed: object) -> None:
    """Of an older version, of a newer one, or broken: nothing is raised, and the stored text is shown."""
    assert phrase_of({"phrases": [packed]}, 0) is None
    assert phrase_of({}, 0) is None
    assert phrase_of({"phrases": []}, 0) is None
