"""The configuration `mailguard.toml`: sections, keys, defaults, and errors that say how to mend them."""

from mailguard.core.settings.deadlines import CalendarSettings, CaseSettings
from mailguard.core.settings.desk import DeskSettings
from mailguard.core.settings.incidents import ClockSettings, IncidentSettings
from mailguard.core.settings.judging import PolicySettings, RegisterSettings, RulesSettings
from mailguard.core.settings.keeping import DATA_FOLDER, AuditSettings, JournalSettings, StoreSettings
from mailguard.core.settings.loading import load_settings
from mailguard.core.settings.mail import NextHopSettings, SmtpSettings
from mailguard.core.settings.node import NodeSettings
from mailguard.core.settings.notices import NoticeSettings
from mailguard.core.settings.oidc import OidcSettings
from mailguard.core.settings.report import ReportSettings
from mailguard.core.settings.section import Section
from mailguard.core.settings.types import split_endpoint
from mailguard.core.settings.whole import Settings

__all__ = [
    "DATA_FOLDER",
    "AuditSettings",
    "CalendarSettings",
    "CaseSettings",
    "ClockSettings",
    "DeskSettings",
    "IncidentSettings",
    "JournalSettings",
    "NextHopSettings",
    "NodeSettings",
    "NoticeSettings",
    "OidcSettings",
    "PolicySettings",
    "RegisterSettings",
    "ReportSettings",
    "RulesSettings",
    "Section",
    "Settings",
    "SmtpSettings",
    "StoreSettings",
    "load_settings",
    "split_endpoint",
]
