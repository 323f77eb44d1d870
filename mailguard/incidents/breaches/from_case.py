"""What a held message tells of the breach that is opened from it."""

from datetime import datetime

from mailguard.cases.reading import CaseDetail
from mailguard.core.finding import CREDENTIALS, FindingKind
from mailguard.incidents.breaches.breach import BreachFacts

_SECRETS = CREDENTIALS | {FindingKind.ONE_TIME_CODE}


def facts_of_case(case: CaseDetail, now: datetime) -> BreachFacts:
    """Customers, addresses that it went or was to go to, kinds of data; seen at this moment. A person reads it over.

    The title has no word of the message: it stands in lists. That no secret was found is no proof that none is in it.
    """
    gone = tuple(one.address for one in case.recipients if one.delivered_at)
    held = tuple(one.address for one in case.recipients if one.verdict != "pass")
    kinds = tuple(dict.fromkeys(str(finding["kind"]) for finding in case.findings))
    codes = dict.fromkeys(reason["code"].replace("_", " ") for reason in case.reasons)
    return BreachFacts(
        title=f"Message {case.summary.id}: {', '.join(codes) or 'held'}"[:200],
        detected_at=now,
        channel="email",
        data_classes=kinds,
        people=len(case.customers) or None,
        secrets_included=True if _SECRETS & set(kinds) else None,
        customers=tuple(str(customer["id"]) for customer in case.customers),
        addresses=gone or held or case.summary.recipients,
    )
