"""What a letter carries, as the policy table sees it."""

import re
from collections.abc import Sequence

from mailguard.core.finding import CREDENTIALS, Finding, FindingKind
from mailguard.core.part import Letter
from mailguard.core.relation import Relation, RelationKind
from mailguard.namesake.identify import Identification
from mailguard.policy.own_data import states_own_data, states_street
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
        if states_street(letter, protected):
            contents.add(Content.PROTECTED_ADDRESS)
    return contents


def sensitive_contents(
    letter: Letter,
    identification: Identification,
    relations: Sequence[Relation],
    findings: Sequence[Finding],
    *,
    stale_register: bool,
) -> set[Content]:
    """`sensitive`, and with a register that is out of date `stale_register` too, where the letter is that.

    Looked at only when a line of the table can ask: most letters go to a confirmed address.
    """
    doubtful = [relation.about.customer for relation in relations if _is_doubtful(relation) and relation.about]
    asked = [about.customer for about in identification.customers] if stale_register else doubtful
    if not (asked or stale_register) or not (findings or states_own_data(letter, asked)):
        return set()
    return {Content.SENSITIVE, Content.STALE_REGISTER} if stale_register else {Content.SENSITIVE}


def _is_doubtful(relation: Relation) -> bool:
    return relation.kind is RelationKind.UNCONFIRMED


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


def _trouble(kind: str) -> Content:
    # A kind that this table does not know is still something unread.
    return Content(kind) if kind in ("unreadable", "encrypted", "recording") else Content.UNREADABLE
