"""What a letter carries, as the policy table sees it."""

from mailguard.core.features import Features, RelationFeatures
from mailguard.core.finding import CREDENTIALS, FindingKind
from mailguard.core.relation import RelationKind
from mailguard.policy.table import Content

_PERSONAL = frozenset({FindingKind.NATIONAL_ID, FindingKind.IDENTITY_DOCUMENT})


def contents_of(features: Features, outside: int, inside: int) -> set[Content]:
    """Contents that are the same for every recipient; `outside` and `inside` say how many people are bulk."""
    contents = {Content.ANYTHING, *map(_trouble, features.troubles), *_found({each.kind for each in features.findings})}
    people = max(features.people, features.identified)
    if people >= outside:
        contents.add(Content.BULK)
    if people >= inside:
        contents.add(Content.BULK_INSIDE)
    if features.conflict:
        contents.add(Content.IDENTITY_CONFLICT)
    if features.protected:
        contents.add(Content.PROTECTED_CUSTOMER)
    if features.protected_street:
        contents.add(Content.PROTECTED_ADDRESS)
    if _is_sensitive(features):
        contents.add(Content.SENSITIVE)
        if features.stale_register:
            contents.add(Content.STALE_REGISTER)
    return contents


def concerns(content: Content, relation: RelationFeatures) -> bool:
    """Whether a content matters to this relation: a protected customer's own mail is no mention to somebody else."""
    return relation.protected is not False or content not in (Content.PROTECTED_CUSTOMER, Content.PROTECTED_ADDRESS)


def is_doubtful(relation: RelationFeatures) -> bool:
    """Whether nobody has confirmed that the address is the customer's."""
    return relation.kind is RelationKind.UNCONFIRMED and relation.protected is not None


def _found(kinds: set[FindingKind]) -> set[Content]:
    contents = set()
    if kinds & CREDENTIALS:
        contents.add(Content.CREDENTIAL)
    if FindingKind.ONE_TIME_CODE in kinds:
        contents.add(Content.ONE_TIME_CODE)
    if FindingKind.PAYMENT_CARD in kinds:
        contents.add(Content.PAYMENT_CARD)
    if FindingKind.RECORDING in kinds:
        contents.add(Content.RECORDING)
    if kinds & _PERSONAL or {FindingKind.BIRTH_DATE, FindingKind.IBAN} <= kinds:
        contents.add(Content.PERSONAL_DATA)
    return contents


def _is_sensitive(features: Features) -> bool:
    """Where a line of the table can ask: most letters go to a confirmed address."""
    asked = features.stale_register or any(
        is_doubtful(relation) for _, relations in features.recipients for relation in relations
    )
    return asked and (bool(features.findings) or features.own_data)


def _trouble(kind: str) -> Content:
    # A kind that this table does not know is still something unread.
    return Content(kind) if kind in ("unreadable", "encrypted", "recording") else Content.UNREADABLE
