"""The tables of the drafts: which facts stand in each, in which order.

Rows are (label, value): labels are words of the language, values are made by `values`. The tables `annex_...` follow
Regulation (EU) 611/2013, Annex I; the others GDPR Art. 33(3).
"""

Row = tuple[str, str]


def _rows(*names: str) -> tuple[Row, ...]:
    """Facts whose label has their own name."""
    return tuple((name, name) for name in names)


_LEFT = _rows("what", "channel", "unit")
_READ = _rows("reader", "recipients", "data", "secrets", "subjects", "people", "records")
_NOTICED = _rows("happened", "detected", "aware")

TABLES: dict[str, tuple[Row, ...]] = {
    "who": (*_rows("organisation", "contact"), ("reference", "breach"), *_rows("phase", "first_at")),
    "when": (*_NOTICED, *_rows("delay")),
    "nature": (*_LEFT, *_rows("processor"), *_READ),
    "effects": _rows("consequences", "risk", "risk_reason"),
    "measures_1": _rows("containment", "told"),
    "measures_2": _rows("containment", "remedy", "told"),
    "measures_controller": _rows("containment", "remedy"),
    "processor": (("processor_self", "organisation"), *_rows("contact"), ("reference", "breach")),
    "controller_when": _NOTICED,
    "controller_nature": (*_LEFT, *_READ),
    "people_facts": (("happened_plain", "days"), ("data_plain", "data")),
    "reader_facts": (("sent", "days"), ("reference", "breach")),
    "annex_who": (("a1", "organisation"), ("a2", "contact"), ("a3", "annex_phase"), ("reference", "breach")),
    "annex_initial": (
        ("a4_happened", "happened"),
        ("a4_detected", "detected"),
        *_rows("delay"),
        ("a5", "annex_circumstances"),
        ("a6", "annex_data"),
        ("a7", "containment"),
        ("a8", "annex_others"),
    ),
    "annex_further": (("a9", "annex_summary"), ("a10", "people"), ("a11", "consequences"), ("a12", "remedy")),
    "annex_told": (("a13", "told"), ("a14", "told_how"), ("a15", "told_people")),
    "annex_border": (("a16", "other_countries"), ("a17", "other_authorities")),
}

LISTS = frozenset({"may_mean", "can_do"})
"""What is put in as a list."""

FILLED_BY: dict[str, str] = {
    "organisation": "incidents.organisation",
    "contact": "incidents.contact",
    "controller": "processor",
    "first_at": "notified_authority_at",
    "happened": "happened_from",
    "detected": "detected_at",
    "aware": "aware_at",
    "delay": "delay_reason",
    "reader": "reader_known",
    "recipients": "addresses",
    "data": "data_classes",
    "secrets": "secrets_included",
    "subjects": "customers",
    "told": "notify_people",
    "told_how": "people_told_how",
    "told_people": "people_told",
}
"""The fact, or key of the configuration, that fills a gap of another name."""
