"""Whose mail it is."""

import pytest

from mailguard.core.settings import Settings
from mailguard.core.teams import NO_TEAMS, Teams

TEAMS = Teams.of(
    Settings(
        report={
            "teams": {
                "Orders": ["Orders@operator.example", "shop.example"],
                "North": ["anna@operator.example", "caller@partner.example"],
            }
        },
        register={"partners": ["partner.example", "helpdesk@agency.example", "müller.example"]},
    )
)


@pytest.mark.parametrize(
    ("sender", "team"),
    [
        ("ORDERS@Operator.Example", "Orders"),
        ("till@shop.example", "Orders"),
        ("till@east.shop.example", "Orders"),
        ("till@notshop.example", ""),
        ("anna@operator.example", "North"),
        ("anna+later@operator.example", "North"),
        ("berta@operator.example", ""),
        ("agent@partner.example", "partner.example"),
        ("agent@mail.partner.example", "partner.example"),
        ("caller@partner.example", "North"),
        ("helpdesk@agency.example", "helpdesk@agency.example"),
        ("boss@agency.example", ""),
        ("agent@xn--mller-kva.example", "müller.example"),
        ("<>", ""),
        ("", ""),
    ],
)
def test_sender_is_of_the_nearest_team(sender: str, team: str) -> None:
    """The address goes before its domain, the domain before the one above; a partner company is a team of its own."""
    assert TEAMS.team_of(sender) == team
    assert NO_TEAMS.team_of(sender) == ""


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("anna@operator.example", "North"),
        ("agent@partner.example", "partner.example"),
        ("berta@operator.example", "operator.example"),
        ("<>", "<>"),
    ],
)
def test_without_a_team_mail_is_counted_by_domain(sender: str, name: str) -> None:
    """The report has a line for whatever was sent."""
    assert TEAMS.team_or_domain_of(sender) == name


def test_every_team_has_a_name() -> None:
    """Those of the operator, and each partner."""
    assert TEAMS.names == ("Orders", "North", "partner.example", "helpdesk@agency.example", "müller.example")


def test_partners_are_found_among_senders_and_recipients() -> None:
    """By domain, below it, or by address; others are none."""
    assert TEAMS.partners_of(["x@mail.partner.example", "a@b.example"]) == {"partner.example"}
    assert TEAMS.partners_of(["helpdesk@agency.example", "boss@agency.example", "<>"]) == {"helpdesk@agency.example"}
