"""`mailguard users`: people and their API tokens."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.commands.users_delegate import delegate, delegations
from mailguard.app.commands.users_digest import digest
from mailguard.app.commands.users_login import bind, reset_second
from mailguard.app.console import ConfigOption, LoginName, out, settings_of, told
from mailguard.core.errors import InputError
from mailguard.core.person import Person, Role
from mailguard.core.settings import Settings
from mailguard.core.teams import Teams
from mailguard.store import people
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="People who log in, their deputies, and API tokens.")


@app.command("add")
def add(
    name: LoginName,
    email: Annotated[
        str, typer.Option(help="The person's own mail address: nobody decides on mail from it but others.")
    ],
    role: Annotated[Role, typer.Option(help="supervisor and admin decide; ops runs the machine; auditor reads.")],
    alias: Annotated[
        list[str] | None, typer.Option(help="A further address of the person, or a shared mailbox they send from.")
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option(help="A team or partner company whose cases the person sees, and no others'; may be repeated."),
    ] = None,
    all_teams: Annotated[bool, typer.Option("--all-teams", help="The person sees the cases of all teams.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Add a user, or change the one of that name. Without --password-stdin the password is asked for.

    Somebody new sees the cases of all teams; somebody who is changed keeps their teams, if none are named.
    """
    with told():
        settings = settings_of(config)
        teams = _teams(settings, team or [], all_teams)
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        with open_store(settings.store) as store:
            person = people.add_user(
                store, name, email=email, role=role, password=password, aliases=alias or (), teams=teams
            )
    out.print(f"user {person.name} ({person.role.value}) can log in at {settings.desk.public_url}")


@app.command("token")
def token(
    name: LoginName,
    revoke: Annotated[bool, typer.Option("--revoke", help="Make none; end all tokens that the user has.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print a new API token for a user, alone on a line. It is shown this once; only its digest is kept."""
    with told(), open_store(settings_of(config).store) as store:
        if revoke:
            out.print(f"{people.revoke_tokens(store, name)} tokens of {name} revoked")
        else:
            typer.echo(people.issue_token(store, name))


@app.command("disable")
def disable(name: LoginName, config: ConfigOption = None) -> None:
    """Lock a user out at once: no login, no session, no token. `users add` with the same name lets them in again."""
    with told(), open_store(settings_of(config).store) as store:
        people.disable_user(store, name)
    out.print(f"user {name} is disabled")


@app.command("list")
def list_users(config: ConfigOption = None) -> None:
    """List the users with their roles and addresses."""
    with told(), open_store(settings_of(config).store) as store:
        everybody = people.people(store)
    if not everybody:
        out.print("no users; add one with: mailguard users add")
        return
    table = Table("name", "role", "sees mail of", "addresses", box=None, pad_edge=False)
    for person in everybody:
        addresses = sorted({address.lower() for address in person.addresses})
        table.add_row(person.name, person.role.value, _sight(person), ", ".join(addresses))
    out.print(table)


app.command("delegate")(delegate)
app.command("delegations")(delegations)
app.command("digest")(digest)
app.command("bind")(bind)
app.command("reset-second")(reset_second)


def _sight(person: Person) -> str:
    if person.role is Role.SENDER:
        return "themselves"
    return ", ".join(sorted(person.teams)) or "all"


def _teams(settings: Settings, named: list[str], every: bool) -> list[str] | None:
    """The teams of the options; None: as they are."""
    if every and named:
        raise InputError("--all-teams and --team exclude each other")
    known = Teams.of(settings).names
    for team in named:
        if team not in known:
            # A name that is mistyped would be a team without mail: its supervisor sees nothing, and nobody knows why.
            names = ", ".join(known) or "none yet"
            raise InputError(f"there is no team {team!r}; [report] teams and [register] partners make: {names}")
    return [] if every else named or None
