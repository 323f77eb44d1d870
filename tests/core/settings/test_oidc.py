"""The table `[desk.oidc]`: what is wrong in it is named, with its mend."""

from pathlib import Path

import pytest

from mailguard.core.errors import ConfigError
from mailguard.core.person import Role
from mailguard.core.settings import load_settings

_RIGHT = """[desk.oidc]
issuer = "https://login.operator.example/realms/staff"
client_id = "mailguard"
roles = { "Mail reviewers" = "supervisor" }
"""
GALLERY = [
    ('issuer = "login.operator.example"\nclient_id = "x"', "desk.oidc.issuer", "write the provider's own address"),
    ('issuer = "http://login.operator.example"\nclient_id = "x"', "desk.oidc.issuer", "must begin with https://"),
    ('issuer = "https://a:b@login.example"\nclient_id = "x"', "desk.oidc.issuer", "write the provider's own address"),
    ('issuer = "https://login.operator.example"', "desk.oidc.client_id", "required"),
    (_RIGHT.partition("\n")[2] + 'scopes = ["email"]', "desk.oidc.scopes", 'must contain "openid"'),
    (_RIGHT.partition("\n")[2] + 'groups_claim = "my groups"', "desk.oidc.groups_claim", "realm_access.roles"),
    (_RIGHT.partition("\n")[2] + 'group_claim = "groups"', "desk.oidc.group_claim", "known here: aliases_claim,"),
    (_RIGHT.partition("\n")[2] + 'teams = { "g" = "Sales" }', "desk.oidc.teams", "'g' is mapped to 'Sales'"),
    (_RIGHT.partition("\n")[2].replace("supervisor", "boss"), "desk.oidc.roles.Mail reviewers", "'supervisor', 'ops'"),
    ('issuer = "https://x.example"\nclient_id = "x"', "desk.oidc.roles", "nobody could log in"),
]


@pytest.mark.parametrize(("text", "key", "mend"), GALLERY)
def test_broken_table_is_explained(tmp_path: Path, text: str, key: str, mend: str) -> None:
    """One line: the file, the key, and what to write instead."""
    file = tmp_path / "mailguard.toml"
    file.write_text(f"[desk.oidc]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert caught.value.key == key
    assert mend in caught.value.mend


def test_a_right_table_is_read(tmp_path: Path) -> None:
    """Groups lead to roles and to teams that there are; nothing else need be written."""
    file = tmp_path / "mailguard.toml"
    file.write_text(
        _RIGHT + 'teams = { "Shop staff" = "Shops", "Head office" = "*" }\n'
        '[report]\nteams = { "Shops" = ["shop.operator.example"] }\n'
    )
    oidc = load_settings(file).desk.oidc
    assert oidc is not None
    assert oidc.roles == {"Mail reviewers": Role.SUPERVISOR}
    assert (oidc.others, oidc.local_login, oidc.scopes) == ("refuse", True, ["openid", "profile", "email"])
