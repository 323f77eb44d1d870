"""The shapes of the breach register in the HTTP API."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from mailguard.desk.typed import Typed
from mailguard.incidents.breaches.breach import BreachState, Origin, Risk
from mailguard.incidents.breaches.clocks import ClockState

_MOST = 4000

Line = Annotated[Typed, Field(max_length=_MOST)] | None
Words = Annotated[list[Annotated[Typed, Field(max_length=254)]], Field(max_length=1000)] | None
Number = Annotated[StrictInt, Field(ge=0, le=(1 << 53) - 1)] | None
Yes = StrictBool | None


class Facts(BaseModel):
    """What is known of a breach; null: not known. Times are ISO 8601 with a zone, and have passed."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Typed, Field(max_length=_MOST, description="In a line, without personal data")] | None = None
    detected_at: AwareDatetime | None = Field(None, description="Somebody saw it: where the telecom clock begins")
    aware_at: AwareDatetime | None = Field(None, description="We were reasonably certain: where the 72 hours begin")
    happened_from: AwareDatetime | None = None
    happened_until: AwareDatetime | None = None
    channel: Line = None
    unit: Line = None
    processor: Line = Field(None, description="Who acted for us, or for whom we acted")
    reader_known: Yes = None
    reader_trusted: Yes = None
    data_classes: Words = None
    people: Number = None
    records: Number = None
    secrets_included: Yes = None
    secrets_reset_at: AwareDatetime | None = None
    customers: Words = Field(None, description="Customer numbers of the people concerned")
    addresses: Words = Field(None, description="Mail addresses to which it went; masked for those who only read")
    containment: Line = None
    consequences: Line = None
    risk: Risk | None = Field(None, description="To the rights and freedoms of the people concerned")
    risk_reason: Line = None
    notify_authority: Yes = Field(None, description="GDPR Art. 33; false only with a reason")
    notify_authority_reason: Line = None
    notified_authority_at: AwareDatetime | None = None
    notified_fully_at: AwareDatetime | None = None
    notify_people: Yes = Field(None, description="GDPR Art. 34; false only with a reason")
    notify_people_reason: Line = None
    notified_people_at: AwareDatetime | None = None
    notify_controller: Yes = Field(None, description="GDPR Art. 33(2); false only with a reason")
    notify_controller_reason: Line = None
    notified_controller_at: AwareDatetime | None = None
    remedy: Line = None
    delay_reason: Line = Field(None, description="Why the authority is notified later than the law wants")
    people_told: Number = None
    people_told_how: Line = None
    other_countries: Line = None
    other_authorities: Line = None


class NewFacts(Facts):
    """What is known when it is opened: a title at least."""

    title: Annotated[Typed, Field(min_length=1, max_length=200, description="In a line, without personal data")]


class BreachIn(BaseModel):
    """A breach to be opened."""

    model_config = ConfigDict(extra="forbid")

    facts: NewFacts
    case: str | None = Field(None, max_length=40, description="The held message that it comes from")


class ChangesIn(BaseModel):
    """Facts to be changed; those that are not named stay as they are."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=1 << 31, description="The version that was read")
    changes: Facts = Facts()
    note: Annotated[Typed, Field(max_length=_MOST)] = ""


class VersionIn(BaseModel):
    """The version that was read."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=1 << 31)


class ReopeningIn(VersionIn):
    """Why it is taken up again."""

    note: Annotated[Typed, Field(min_length=1, max_length=_MOST)]


class ClockOut(BaseModel):
    """A deadline."""

    name: str
    law: str
    state: ClockState
    starts_at: str | None
    due_at: str | None
    met_at: str | None


class ChangeOut(BaseModel):
    """One field; null: it was, or is, not known."""

    was: Any
    became: Any


class EntryOut(BaseModel):
    """One act."""

    at: str
    by: str
    act: str
    changes: dict[str, ChangeOut]
    note: str


class BreachEntry(BaseModel):
    """A breach in a list."""

    id: str
    state: BreachState
    origin: Origin
    title: str
    opened_at: str
    next_clock: ClockOut | None
    """The clock that runs out first, or did."""


class BreachList(BaseModel):
    """Some breaches, newest first; ask again with `after=<next>` for the following ones."""

    breaches: list[BreachEntry]
    next: str | None


class BreachOut(BreachEntry):
    """Everything of a breach."""

    version: int
    opened_by: str
    case: str | None
    report: int | None
    closing_by: str | None
    closing_at: str | None
    closed_by: str | None
    closed_at: str | None
    facts: Facts
    clocks: list[ClockOut]
    lacking: list[str]
    """What must be written down before it can be closed."""
    entries: list[EntryOut]
    """Oldest first; each is one version."""


class Conflict(BaseModel):
    """Nothing was changed: somebody else was quicker, or the breach is not in that state."""

    detail: str
    version: int | None = None
    """The version to read again."""
    meanwhile: list[EntryOut] = []
    """What was done since the version that was sent."""
