"""Breaches of which nothing, the usual, and everything is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mailguard.core.settings import IncidentSettings, ReportSettings, Settings
from mailguard.incidents.breaches.breach import BreachFacts, Risk

NOON = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SETTINGS = Settings(
    report=ReportSettings(time_zone="Europe/Helsinki"),
    incidents=IncidentSettings(
        organisation="Puhelin Oy", contact="Tiina Tieto, +358 9 1234", regimes=["gdpr", "telecom", "processor"]
    ),
)
EMPTY = BreachFacts(title="MG-AAAA-1111")
USUAL = BreachFacts(
    title="MG-AAAA-1111",
    detected_at=NOON,
    aware_at=NOON,
    happened_from=NOON - timedelta(days=2),
    channel="email",
    reader_known=True,
    data_classes=("password", "iban", "namesake"),
    people=1,
    secrets_included=True,
    customers=("1001",),
    addresses=("m.virtanen@post.example",),
)
_FULL: dict[str, Any] = {
    "title": "MG-AAAA-1111",
    "detected_at": NOON,
    "aware_at": NOON + timedelta(hours=1),
    "happened_from": NOON - timedelta(days=2),
    "happened_until": NOON - timedelta(days=1),
    "channel": "email",
    "unit": "0203 Tampere",
    "processor": "Kumppani Ab",
    "reader_known": True,
    "reader_trusted": True,
    "data_classes": ("password", "national_id", "iban", "recording", "namesake"),
    "people": 1776,
    "records": 2000,
    "secrets_included": True,
    "secrets_reset_at": NOON + timedelta(hours=2),
    "customers": ("1001", "1002"),
    "addresses": ("m.virtanen@post.example",),
    "containment": "0001",
    "consequences": "0002",
    "risk": Risk.HIGH,
    "risk_reason": "0003",
    "notify_authority": True,
    "notified_authority_at": NOON + timedelta(hours=3),
    "notified_fully_at": NOON + timedelta(days=1),
    "notify_people": True,
    "notified_people_at": NOON + timedelta(hours=20),
    "notify_controller": True,
    "notified_controller_at": NOON + timedelta(hours=4),
    "remedy": "0004",
    "people_told": 1776,
    "people_told_how": "0005",
    "other_countries": "0006",
    "other_authorities": "0007",
}
FULL = BreachFacts(**_FULL)
"""What a person has written in it is digits, so that every word of a draft is the draft's own."""
