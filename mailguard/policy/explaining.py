"""The reasons that a supervisor reads. Every value is cleaned here, and no found value is ever put in.

They are made as phrases and said at the end: so what is stored of a reason says the same in another language.
"""

from collections.abc import Iterable, Sequence

from mailguard.core.customer import Customer
from mailguard.core.finding import CREDENTIALS, Finding, FindingKind
from mailguard.core.masking import mask_values
from mailguard.core.memory import AddressState, RememberedPair
from mailguard.core.part import Letter, PartRole
from mailguard.core.phrase import Ago, Clause, Joined, Listed, OnDay, Phrase, Said
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.verdict import Reason, ReasonCode
from mailguard.namesake.identify import Identification
from mailguard.namesake.names import FullName, compare
from mailguard.policy.cleaning import clean, clean_address
from mailguard.policy.saying import say
from mailguard.policy.table import Content
from mailguard.policy.wording import Wording

_KINDS: dict[Content, frozenset[FindingKind]] = {
    Content.CREDENTIAL: CREDENTIALS,
    Content.ONE_TIME_CODE: frozenset({FindingKind.ONE_TIME_CODE}),
    Content.PERSONAL_DATA: frozenset(
        {FindingKind.NATIONAL_ID, FindingKind.IDENTITY_DOCUMENT, FindingKind.BIRTH_DATE, FindingKind.IBAN}
    ),
    Content.PAYMENT_CARD: frozenset({FindingKind.PAYMENT_CARD}),
}
_MOST_PLACES = 5


class Explainer:
    """Writes the reasons of one letter."""

    def __init__(
        self,
        wording: Wording,
        letter: Letter,
        findings: Sequence[Finding],
        identification: Identification,
        people: int,
        register_age_hours: float | None = None,
    ) -> None:
        self._wording = wording
        self._letter = letter
        self._findings = findings
        self._identification = identification
        self._people = people
        self._register_age_hours = register_age_hours
        self._written: dict[Content, Phrase] = {}

    def explain(self, content: Content, code: ReasonCode, relation: Relation) -> Phrase:
        """The sentence for what the content is and what the recipient is to the customer."""
        if content in (Content.CREDENTIAL, Content.ONE_TIME_CODE):
            # The same for every customer and recipient: made once.
            if content not in self._written:
                self._written[content] = self._carries(content, relation)
            return self._written[content]
        if content in _KINDS:
            return self._carries(content, relation)
        if content in (Content.BULK, Content.BULK_INSIDE):
            return _said("reasons.bulk_personal_data", people=str(self._people))
        if content is Content.IDENTITY_CONFLICT:
            about = relation.about or self._identification.customers[0]
            return _said(
                "reasons.identity_conflict",
                greeting=clean(self._identification.conflict or ""),
                customer=self._customer(about),
            )
        if content in (Content.PROTECTED_CUSTOMER, Content.PROTECTED_ADDRESS):
            return _said("reasons.protected_customer", customer=self._customer(self._protected(relation)))
        if content in (Content.UNREADABLE, Content.ENCRYPTED, Content.RECORDING):
            return _said(f"reasons.{content}", trouble=self._trouble(content))
        if content is Content.STALE_REGISTER:
            return self._register_is_old()
        if content is Content.SENSITIVE:
            sensitive = self._what_is_sensitive()
            stands = self._stands_to(code, relation)
            return Joined((stands, sensitive)) if sensitive else stands
        return self._stands_to(code, relation)

    def reason(self, code: ReasonCode, sentences: Sequence[Phrase]) -> Reason:
        """One reason out of its sentences."""
        phrase = sentences[0] if len(sentences) == 1 else Joined(tuple(sentences))
        return Reason(code, say(phrase, self._wording), phrase)

    def count_more(self, customers: int) -> Phrase:
        """The sentence after the last that is written out."""
        if customers == 1:
            return Said("reasons.one_more_customer")
        return _said("reasons.more_customers", customers=str(customers))

    def name_owner(self, reason: Reason, owner: Customer) -> Reason:
        """The reason, and whose the recipient's address is: the letter does not say it."""
        sentence = _said("reasons.address_owner", owner=self._owner(owner))
        return self.reason(reason.code, [reason.phrase or reason.text, sentence])

    def _what_is_sensitive(self) -> Phrase | None:
        """What the letter would tell; None where that is a credential, which is a reason of its own."""
        if not self._findings:
            return Said("reasons.sensitive")
        told = [finding for finding in self._findings if finding.kind not in CREDENTIALS]
        return self._list("reasons.personal_data", told) if told else None

    def _register_is_old(self) -> Phrase:
        if self._register_age_hours is None:
            return Said("reasons.stale_register")
        return _said("reasons.stale_register_since", ago=Ago(self._register_age_hours))

    def _carries(self, content: Content, relation: Relation) -> Phrase:
        mine = [finding for finding in self._findings if finding.kind in _KINDS[content]]
        if content in (Content.CREDENTIAL, Content.ONE_TIME_CODE):
            return self._list(f"reasons.{content}", mine)
        if relation.kind is RelationKind.NO_CUSTOMER:
            return self._list("reasons.personal_data_unidentified", mine)
        if relation.about is None or relation.kind in (RelationKind.ON_RECORD, RelationKind.UNCONFIRMED):
            return self._list("reasons.personal_data", mine)
        recipient, customer = clean_address(relation.recipient), self._customer(relation.about)
        return self._list("reasons.personal_data_to", mine, recipient=recipient, customer=customer)

    def _list(self, key: str, findings: Sequence[Finding], **values: Phrase) -> Phrase:
        kinds = dict.fromkeys(finding.kind for finding in findings)
        things = Listed(tuple(Said(f"kinds.{kind}") for kind in kinds))
        return _said(key, things=things, places=Listed(tuple(self._places(findings))), **values)

    def _stands_to(self, code: ReasonCode, relation: Relation) -> Phrase:
        if relation.about is None:
            return _said("reasons.unknown", code=code.value)
        sentence: Phrase = _said(
            self._relation_key(relation),
            recipient=clean_address(relation.recipient),
            customer=self._customer(relation.about),
            resembles=clean_address(relation.resembles or ""),
            owner=self._owner(relation.owner) if relation.owner else "",
        )
        if relation.bearers > 1 and self._is_of_the_name(relation):
            sentence = Joined((sentence, _said("relations.bearers", bearers=str(relation.bearers))), ";")
        return Joined((sentence, _rejection(rejection))) if (rejection := relation.rejection) else sentence

    def _relation_key(self, relation: Relation) -> str:
        kind = relation.kind
        if kind is RelationKind.NAMESAKE and not self._is_of_the_name(relation):
            return "relations.namesake_similar"
        if kind is RelationKind.LOOKALIKE and relation.resembles:
            return "relations.lookalike_of"
        if kind is RelationKind.UNCONFIRMED and relation.state in (AddressState.CHANGED, AddressState.BOUNCED):
            return f"relations.{relation.state}"
        key = f"relations.{kind}"
        return key if self._wording.has(key) else "relations.unrelated"

    def _is_of_the_name(self, relation: Relation) -> bool:
        """Whether the customer's name, whose bearers are counted, is the one that the sentence ends with."""
        if relation.kind is not RelationKind.NAMESAKE or not (relation.owner and relation.about):
            return not relation.resembles
        mine, theirs = relation.about.customer, relation.owner
        same = compare(FullName.of(mine.first_name, mine.last_name), FullName.of(theirs.first_name, theirs.last_name))
        return same.score == 1.0

    def _customer(self, about: Identified) -> Phrase:
        customer = about.customer
        evidence = tuple(Said(f"evidence.{code}") for code in about.evidence if self._has_evidence(code))
        return _said(
            "customer_in_city" if customer.city else "customer",
            id=clean(customer.customer_id),
            name=clean(customer.name),
            city=clean(customer.city),
            evidence=Listed(evidence or (", ".join(about.evidence),)),
        )

    def _has_evidence(self, code: str) -> bool:
        return self._wording.has(f"evidence.{code}")

    def _owner(self, owner: Customer) -> Phrase:
        city, year = clean(owner.city), str(owner.birth_date.year) if owner.birth_date else ""
        key = "_".join(["owner", *(["in_city"] if city else []), *(["born"] if year else [])])
        return _said(key, id=clean(owner.customer_id), name=clean(owner.name), city=city, year=year)

    def _protected(self, relation: Relation) -> Identified:
        if relation.about is not None:
            return relation.about
        return next(about for about in self._identification.customers if about.customer.protected)

    def _trouble(self, content: Content) -> Phrase:
        troubles = (trouble for trouble in self._letter.troubles if _is(trouble.kind, content))
        clauses = dict.fromkeys(Clause(clean(trouble.text, 160)) for trouble in troubles)
        return Joined(tuple(clauses)[:_MOST_PLACES] or (Said("kinds.recording"),), ";")

    def _places(self, findings: Iterable[Finding]) -> list[Phrase]:
        parts = {part.path: part for part in self._letter.parts}
        places: list[Phrase] = []
        for path in dict.fromkeys(finding.part for finding in findings):
            part = parts.get(path)
            if part is None:
                places.append(_said("unknown_part", name=clean(path)))
            elif part.role is PartRole.ATTACHMENT and part.file_name:
                # Reasons are mailed, and people write the password of a file into its name.
                name = clean(mask_values(part.file_name, self._findings))
                places.append(_said("parts.attachment", name=name))
            elif part.role is PartRole.ATTACHMENT:
                places.append(Said("parts.attachment_unnamed"))
            else:
                places.append(Said(f"parts.{part.role}"))
        return list(dict.fromkeys(places))[:_MOST_PLACES]


def _said(key: str, **values: Phrase) -> Said:
    return Said(key, tuple(values.items()))


def _rejection(rejection: RememberedPair) -> Phrase:
    day = OnDay(rejection.decided_at.date())
    if rejection.case_id is None:
        return _said("relations.rejected", date=day)
    return _said("relations.rejected_case", date=day, case=clean(rejection.case_id))


def _is(kind: str, content: Content) -> bool:
    known = kind if kind in ("encrypted", "recording") else "unreadable"
    return known == content.value
