"""`mailguard users`: people and their API tokens."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, out, settings_of, told
from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.store import open_store

app = typer.Typer(no_args_is_help=True, help="People who log in, and API tokens.")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Login name.")],
    email: Annotated[
        str, typer.Option(help="The person's own mail address: nobody decides on mail from it but others.")
    ],
    role: Annotated[Role, typer.Option(help="supervisor and admin decide; ops runs the machine; auditor reads.")],
    alias: Annotated[
        list[str] | None, typer.Option(help="A further address of the person, or a shared mailbox they send from.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Add a user, or change the one of that name. Without --password-stdin the password is asked for."""
    with told():
        settings = settings_of(config)
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        store = open_store(settings.store)
        person = people.add_user(store, name, email=email, role=role, password=password, aliases=alias or ())
        store.close()
    out.print(f"user {person.name} ({person.role.value}) can log in at {settings.desk.public_url}")


@app.command("token")
def token(
    name: Annotated[str, typer.Argument(help="Login name.")],
    revoke: Annotated[bool, typer.Option("--revoke", help="Make none; end all tokens that the user has.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print a new API token for a user, alone on a line. It is shown this once; only its digest is kept."""
    with told():
        store = open_store(settings_of(config).store)
        if revoke:
            out.print(f"{people.revoke_tokens(store, name)} tokens of {name} revoked")
        else:
            typer.echo(people.issue_token(store, name))
        store.close()


@app.command("disable")
def disable(name: Annotated[str, typer.Argument(help="Login name.")], config: ConfigOption = None) -> None:
    """Lock a user out at once: no login, no session, no token. `users add` with the same name lets them in again."""
    with told():
        store = open_store(settings_of(config).store)
        people.disable_user(store, name)
        store.close()
    out.print(f"user {name} is disabled")


@app.command("list")
def list_users(config: ConfigOption = None) -> None:
    """List the users with their roles and addresses."""
    with told():
        store = open_store(settings_of(config).store)
        everybody = people.people(store)
        store.close()
    table = Table("name", "role", "addresses", box=None, pad_edge=False)
    for person in everybody:
        table.add_row(person.name, person.role.value, ", ".join(sorted({a.lower() for a in person.addresses})))
    out.print(table)
