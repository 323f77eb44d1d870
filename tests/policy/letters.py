"""Made-up customers, findings and letters for the policy's tests."""

from collections.abc import Sequence

from mailguard.core.customer import Customer
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.part import Letter, Part, PartRole, Trouble
from mailguard.core.relation import Identified
from mailguard.core.secret import Secret

MATTI = Customer("1001", "Matti", "Virtanen", emails=("matti@virtanen.example",), street="Kuja 1", city="Espoo")
OTHER_MATTI = Customer("2044", "Matti", "Virtanen", emails=("m.virtanen@gmail.com",), city="Tampere")
HIDDEN = Customer("3003", "Sirkka", "Turvala", street="Piilopolku 2", city="Jyväskylä", tags=("protected",))

ABOUT_MATTI = Identified(MATTI, ("customer_id_label",))
ABOUT_HIDDEN = Identified(HIDDEN, ("header",))


def letter(text: str = "", *, troubles: Sequence[Trouble] = (), **headers: str) -> Letter:
    """A letter with a body and an attachment."""
    parts = (
        Part("subject", PartRole.SUBJECT, "Your order"),
        Part("body.1", PartRole.BODY, text),
        Part("attachment.2", PartRole.ATTACHMENT, "", "text/csv", "list.csv"),
    )
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Letter("Your order", "<1@a.example>", fields, parts, tuple(troubles))


def finding(kind: FindingKind, value: str = "4321-secret", part: str = "body.1") -> Finding:
    """Something that a detector found."""
    return Finding(f"{kind}.test", kind, part, 0, len(value), Secret(value))
