"""All sections together, and what must fit among them."""

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailguard.core.settings.deadlines import CalendarSettings, CaseSettings
from mailguard.core.settings.desk import DeskSettings
from mailguard.core.settings.environment import PREFIX, Environment
from mailguard.core.settings.incidents import IncidentSettings
from mailguard.core.settings.judging import PolicySettings, RegisterSettings, RulesSettings
from mailguard.core.settings.keeping import AuditSettings, JournalSettings, StoreSettings
from mailguard.core.settings.mail import NextHopSettings, SmtpSettings
from mailguard.core.settings.message import MessageSettings
from mailguard.core.settings.node import NodeSettings
from mailguard.core.settings.notices import NoticeSettings
from mailguard.core.settings.oidc import ALL_TEAMS
from mailguard.core.settings.report import ReportSettings
from mailguard.core.settings.section import at_key
from mailguard.core.settings.types import is_loopback


class Settings(BaseSettings):
    """Everything that can be configured. Environment (`MAILGUARD__SMTP__HOSTNAME`) goes before the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    smtp: SmtpSettings = SmtpSettings()
    next_hop: NextHopSettings = NextHopSettings()
    store: StoreSettings = StoreSettings()
    # The plain name is taken by the base class; an alias needs the environment's name spelt out beside it.
    register_: RegisterSettings = Field(
        RegisterSettings(), validation_alias=AliasChoices("register", "mailguard__register")
    )
    desk: DeskSettings = DeskSettings()
    notices: NoticeSettings = NoticeSettings()
    report: ReportSettings = ReportSettings()
    message: MessageSettings = MessageSettings()
    rules: RulesSettings = RulesSettings()
    policy: PolicySettings = PolicySettings()
    cases: CaseSettings = CaseSettings()
    calendar: CalendarSettings = CalendarSettings()
    audit: AuditSettings = AuditSettings()
    journal: JournalSettings = JournalSettings()
    incidents: IncidentSettings = IncidentSettings()
    node: NodeSettings = NodeSettings()

    @model_validator(mode="after")
    def _passwords_stay_secret(self) -> "Settings":
        if self.smtp.auth == "next_hop" and self.next_hop.tls == "off" and not is_loopback(self.next_hop.host):
            raise ValueError('smtp.auth = "next_hop" shows people\'s passwords to it: set next_hop.tls to "required"')
        return self

    @model_validator(mode="after")
    def _letters_before_expiry(self) -> "Settings":
        if self.cases.expire_hours is not None:
            return self
        # At best: so many working days there are among `expire_days` in a row, whichever day the first of them is.
        weeks, rest = divmod(self.cases.expire_days, 7)
        a_week = len(set(self.calendar.work_days))
        most = (weeks * a_week + min(rest, a_week)) * self.calendar.hours_a_day
        for key in ("remind_hours", "escalate_hours"):
            if (getattr(self.cases, key) or 0) >= most:
                mend = f"must be less than {most:g}: expire_days = {self.cases.expire_days} has no more business hours"
                raise at_key(f"cases.{key}", mend)
        return self

    @model_validator(mode="after")
    def _groups_lead_to_teams(self) -> "Settings":
        known = {*self.report.teams, *self.register_.partners, ALL_TEAMS}
        for group, team in (self.desk.oidc.teams if self.desk.oidc else {}).items():
            if team not in known:
                mend = f'{group!r} is mapped to {team!r}, which is no team of report.teams, no partner, and not "*"'
                raise at_key("desk.oidc.teams", mend)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return Environment(settings_cls), init_settings
