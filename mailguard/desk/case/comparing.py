"""Recipient beside the customer on record: what tells them apart, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from markupsafe import Markup, escape

from mailguard.cases.reading import RecipientDetail
from mailguard.core.address import canonical
from mailguard.desk import wording
from mailguard.desk.display import address, is_odd, line, mask_address
from mailguard.desk.language.catalogue import N_

_MOST_ADDRESSES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is compared; a side is None where nothing is known."""

    label: str
    owner: str | None
    customer: str | None

    @property
    def differs(self) -> bool | None:
        """Whether both sides are known and differ; None when one is not known."""
        if not self.owner or not self.customer:
            return None
        return self.owner.casefold() != self.customer.casefold()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One recipient's side-by-side view."""

    position: int
    recipient: RecipientDetail
    tone: str
    sentence: str
    about: dict[str, Any] | None
    owner: dict[str, Any] | None
    lines: tuple[Line, ...]
    registered: tuple[Markup, ...]
    """The customer's addresses on record, masked but for the recipient's own."""
    more_registered: int
    resembles: tuple[Markup, Markup] | None
    """The recipient's address and the one that it resembles, with the differing characters marked."""
    evidence: tuple[str, ...]
    """Codes of how the customer was recognised."""
    bearers: int

    @property
    def sided(self) -> bool:
        """Whether there is a customer to set beside the recipient, on either side."""
        return self.about is not None or self.owner is not None


def compare(position: int, recipient: RecipientDetail) -> Comparison:
    """What the reviewer sees of one recipient."""
    relation = recipient.relation
    about, owner = relation.get("about"), relation.get("owner")
    tone, sentence = wording.RELATIONS.get(relation["kind"], ("high", wording.words(relation["kind"])))
    emails = list(about.get("emails") or ()) if about else []
    resembles = relation.get("resembles")
    return Comparison(
        position=position,
        recipient=recipient,
        tone=tone,
        sentence=sentence,
        about=about,
        owner=owner,
        lines=tuple(_lines(owner or {}, about or {})),
        registered=tuple(_registered(email, recipient.address) for email in emails[:_MOST_ADDRESSES]),
        more_registered=max(0, len(emails) - _MOST_ADDRESSES),
        resembles=differences(recipient.address, resembles) if resembles else None,
        evidence=tuple((about or {}).get("evidence", ())),
        bearers=relation.get("bearers") or 0,
    )


def differences(recipient: str, other: str) -> tuple[Markup, Markup]:
    """Both addresses (or domains) with the characters in which they differ marked."""
    left = recipient[:320] if "@" in other else recipient.rpartition("@")[2][:320]
    right = other[:320]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    ours: list[Markup] = []
    theirs: list[Markup] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        ours.append(_piece(left[a:b], tag != "equal"))
        theirs.append(_piece(right[c:d], tag != "equal"))
    return Markup("").join(ours), Markup("").join(theirs)


def _lines(owner: dict[str, Any], about: dict[str, Any]) -> Iterator[Line]:
    labels = (N_("Name"), "name"), (N_("Customer"), "id"), (N_("Town"), "city"), (N_("Born"), "birth_year")
    for label, key in labels:
        left, right = owner.get(key), about.get(key)
        yield Line(label, str(left) if left else None, str(right) if right else None)


def _registered(email: str, recipient: str) -> Markup:
    if canonical(email) == canonical(recipient):
        return address(email)
    local, at, domain = mask_address(email[:320]).rpartition("@")
    return Markup('<span class="address">{}<wbr>{}</span>').format(line(local), line(at + domain))


def _piece(text: str, differs: bool) -> Markup:
    shown = "".join(f"[U+{ord(ch):04X}]" if is_odd(ch) else ch for ch in text)
    return Markup("<mark>{}</mark>").format(shown) if differs and shown else escape(shown)
