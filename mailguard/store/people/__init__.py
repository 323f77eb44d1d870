"""People who log in: who they are, how they show it, and the sessions and tokens that they get for it."""

from mailguard.store.people.passwords import MIN_PASSWORD, check_password
from mailguard.store.people.sessions import NewSession, SessionView, close_session, open_session, person_of_session
from mailguard.store.people.teams import set_teams, teams_of
from mailguard.store.people.tokens import issue_token, person_of_token, revoke_tokens
from mailguard.store.people.users import add_user, disable_user, people, people_in

__all__ = [
    "MIN_PASSWORD",
    "NewSession",
    "SessionView",
    "add_user",
    "check_password",
    "close_session",
    "disable_user",
    "issue_token",
    "open_session",
    "people",
    "people_in",
    "person_of_session",
    "person_of_token",
    "revoke_tokens",
    "set_teams",
    "teams_of",
]
