"""What a letter carries, as the policy table sees it."""

import re
from collections.abc import Iterator, Sequence

from mailguard.core.finding import CREDENTIALS, Finding, FindingKind
from mailguard.core.part import Letter, PartRole
from mailguard.core.relation import Relation
from mailguard.customers.keys import street_key
from mailguard.namesake.clues import find_streets
from mailguard.namesake.identify import Identification
from mailguard.policy.table import Content

_NO_REPLY = re.compile(
    r"(?:no|do-?not|donot|ei|nicht|nie|niet|inte?)[-_.]?(?:reply|vastaa|antworten|odpowiadaj|beantwoorden|svara)", re.I
)
_PERSONAL = frozenset({FindingKind.NATIONAL_ID, FindingKind.IDENTITY_DOCUMENT})


def contents_of_findings(findings: Sequence[Finding], people: int, outside: int, inside: int) -> set[Content]:
    """Contents that are the same for every recipient."""
    kinds = {finding.kind for finding in findings}
    contents = {Content.ANYTHING}
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
    if people >= outside:
        contents.add(Content.BULK)
    if people >= inside:
        contents.add(Content.BULK_INSIDE)
    return contents


def contents_of_letter(letter: Letter, identification: Identification) -> set[Content]:
    """Contents that come from what could not be read, and from whom the letter is about."""
    contents = {_trouble(trouble.kind) for trouble in letter.troubles}
    if identification.conflict is not None:
        contents.add(Content.IDENTITY_CONFLICT)
    protected = [about.customer for about in identification.customers if about.customer.protected]
    if protected:
        contents.add(Content.PROTECTED_CUSTOMER)
        streets = {key for customer in protected if (key := street_key(customer.street))}
        if not streets.isdisjoint(_streets(letter)):
            contents.add(Content.PROTECTED_ADDRESS)
    return contents


def concerns(content: Content, relation: Relation) -> bool:
    """Whether a content matters to this relation: a protected customer's own mail is no mention to somebody else."""
    if content in (Content.PROTECTED_CUSTOMER, Content.PROTECTED_ADDRESS):
        return relation.about is None or relation.about.customer.protected
    return True


def is_automatic(letter: Letter) -> bool:
    """Whether a machine wrote the letter (RFC 3834, section 5; the Precedence field; a no-reply sender)."""
    submitted = (letter.header("Auto-Submitted") or "no").split(";")[0].strip().lower()
    if submitted != "no" or (letter.header("Precedence") or "").strip().lower() in ("bulk", "list", "junk"):
        return True
    return bool(_NO_REPLY.search(letter.header("From") or ""))


def _streets(letter: Letter) -> Iterator[str]:
    for part in letter.parts:
        if part.role is not PartRole.HEADER:
            yield from find_streets(part.text)


def _trouble(kind: str) -> Content:
    # A kind that this table does not know is still something unread.
    return Content(kind) if kind in ("unreadable", "encrypted", "recording") else Content.UNREADABLE
