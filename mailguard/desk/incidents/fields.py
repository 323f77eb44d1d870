"""The fields of a breach as people fill them in: grouped, with their names and a word of help. English; see wording."""

from dataclasses import dataclass
from enum import StrEnum

from mailguard.core.finding import FindingKind
from mailguard.desk.language.catalogue import N_
from mailguard.desk.wording import KINDS


class Kind(StrEnum):
    """How a field is typed."""

    LINE = "line"
    TEXT = "text"
    MOMENT = "moment"
    NUMBER = "number"
    CHOICE = "choice"
    WORDS = "words"
    """One a line."""
    TICKS = "ticks"


@dataclass(frozen=True, slots=True)
class Field:
    """One fact."""

    name: str
    label: str
    kind: Kind
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that are asked together."""

    key: str
    title: str
    fields: tuple[Field, ...]


DATA_CLASSES: dict[str, str] = {
    "name": N_("name"),
    "contact_details": N_("contact details"),
    "customer_number": N_("customer number"),
    "contract": N_("contract or order"),
    "billing": N_("billing"),
    "traffic_data": N_("traffic data"),
    "location_data": N_("location data"),
    "health": N_("health"),
    "correspondence": N_("correspondence"),
    **{kind.value: KINDS[kind] for kind in FindingKind},
}
"""What may have leaked; other words may be written beside them."""

_YES_NO = (("", N_("not known yet")), ("yes", N_("yes")), ("no", N_("no")))
_DECIDE = (("", N_("not decided yet")), ("yes", N_("yes")), ("no", N_("no, for the reason below")))
_RISKS = (
    ("", N_("not assessed yet")),
    ("none", N_("none")),
    ("unlikely", N_("unlikely (Art. 33(1): the authority need not be notified)")),
    ("risk", N_("likely (the authority is notified)")),
    ("high", N_("high (Art. 34(1): the people concerned are told, too)")),
)

GROUPS: tuple[Group, ...] = (
    Group(
        "what",
        N_("What happened"),
        (
            Field("title", N_("Title"), Kind.LINE, N_("In a line, without personal data: it stands in lists.")),
            Field(
                "detected_at", N_("Detected"), Kind.MOMENT, N_("Somebody saw it. The 24 hours of telecom begin here.")
            ),
            Field(
                "aware_at",
                N_("Aware"),
                Kind.MOMENT,
                N_("We were reasonably certain that personal data had leaked. The 72 hours begin here."),
            ),
            Field("happened_from", N_("Happened from"), Kind.MOMENT),
            Field("happened_until", N_("Happened until"), Kind.MOMENT),
            Field("channel", N_("Channel"), Kind.LINE, N_("How the data left, for example email.")),
            Field("unit", N_("Unit"), Kind.LINE, N_("Team or system that it left from.")),
            Field("processor", N_("Partner"), Kind.LINE, N_("Who acted for us, or for whom we acted.")),
        ),
    ),
    Group(
        "whom",
        N_("Whose data, and who got them"),
        (
            Field("people", N_("People"), Kind.NUMBER, N_("Persons concerned, approximately.")),
            Field("records", N_("Records"), Kind.NUMBER, N_("Records concerned, approximately.")),
            Field(
                "customers", N_("Customers"), Kind.WORDS, N_("Customer numbers of the people concerned, one a line.")
            ),
            Field("addresses", N_("Addresses"), Kind.WORDS, N_("Mail addresses to which it went, one a line.")),
            Field("reader_known", N_("Reader known"), Kind.CHOICE, N_("Do we know who got it?"), _YES_NO),
            Field(
                "reader_trusted",
                N_("Reader trusted"),
                Kind.CHOICE,
                N_("Can they be relied on to give it back or destroy it?"),
                _YES_NO,
            ),
            Field("data_classes", N_("Kinds of data"), Kind.TICKS),
            Field(
                "secrets_included",
                N_("Secrets included"),
                Kind.CHOICE,
                N_("Passwords, PINs and the like: whoever has them gets in."),
                _YES_NO,
            ),
            Field(
                "secrets_reset_at", N_("Secrets reset"), Kind.MOMENT, N_("Since then the leaked ones are worthless.")
            ),
        ),
    ),
    Group(
        "risk",
        N_("Effects and risk"),
        (
            Field(
                "containment",
                N_("Containment"),
                Kind.TEXT,
                N_("What was done at once. No secrets here, and no content."),
            ),
            Field(
                "consequences", N_("Likely consequences"), Kind.TEXT, N_("For the people concerned (Art. 33(3)(c)).")
            ),
            Field("risk", N_("Risk"), Kind.CHOICE, N_("To their rights and freedoms."), _RISKS),
            Field("risk_reason", N_("Why so"), Kind.TEXT, N_("What the assessment rests on. Always needed.")),
        ),
    ),
    Group(
        "notify",
        N_("Whom we tell"),
        (
            Field("notify_authority", N_("Notify the authority"), Kind.CHOICE, N_("GDPR Art. 33."), _DECIDE),
            Field(
                "notify_authority_reason",
                N_("Authority: why (not)"),
                Kind.TEXT,
                N_("Needed when the authority is not notified."),
            ),
            Field("notified_authority_at", N_("Authority notified"), Kind.MOMENT, N_("The first notification.")),
            Field(
                "notified_fully_at",
                N_("Notified in full"),
                Kind.MOMENT,
                N_("When nothing was left to add (Art. 33(4))."),
            ),
            Field("delay_reason", N_("Why late"), Kind.TEXT, N_("Needed when the 72 hours are over (Art. 33(1)).")),
            Field("notify_people", N_("Tell the people"), Kind.CHOICE, N_("GDPR Art. 34."), _DECIDE),
            Field(
                "notify_people_reason",
                N_("People: why (not)"),
                Kind.TEXT,
                N_("Needed when the people are not told."),
            ),
            Field("notified_people_at", N_("People told"), Kind.MOMENT),
            Field("people_told", N_("How many were told"), Kind.NUMBER),
            Field("people_told_how", N_("How they were told"), Kind.LINE, N_("For example by letter.")),
            Field("other_countries", N_("Other countries"), Kind.TEXT, N_("People concerned in other member states.")),
            Field("other_authorities", N_("Other authorities"), Kind.TEXT, N_("Authorities told there.")),
            Field(
                "notify_controller",
                N_("Tell the controller"),
                Kind.CHOICE,
                N_("Art. 33(2): where we are the processor. No where the data are our own."),
                _DECIDE,
            ),
            Field(
                "notify_controller_reason",
                N_("Controller: why (not)"),
                Kind.TEXT,
                N_("Needed when the controller is not told."),
            ),
            Field("notified_controller_at", N_("Controller told"), Kind.MOMENT),
        ),
    ),
    Group(
        "remedy",
        N_("So that it does not happen again"),
        (Field("remedy", N_("Remedy"), Kind.TEXT, N_("What was changed (Art. 33(5)).")),),
    ),
)

FIELDS: dict[str, Field] = {field.name: field for group in GROUPS for field in group.fields}

ORIGINS = {
    "hold": N_("from a held message"),
    "report": N_("reported"),
    "trace": N_("from a trace"),
    "hand": N_("written by hand"),
}
ACTS = {
    "opened": N_("opened it"),
    "changed": N_("wrote down"),
    "closing asked": N_("asked to close it"),
    "closed": N_("closed it"),
    "taken up again": N_("took it up again"),
}
STATES = {
    "open": ("waiting", N_("Open")),
    "closing": ("moving", N_("To be closed")),
    "closed": ("closed", N_("Closed")),
}
CLOCK_STATES = {
    "waiting": ("closed", N_("Not begun")),
    "running": ("waiting", N_("Running")),
    "met": ("good", N_("In time")),
    "met_late": ("bad", N_("Too late")),
    "overdue": ("bad", N_("Overdue")),
    "not_needed": ("closed", N_("Not needed")),
}
"""Tone and name."""
