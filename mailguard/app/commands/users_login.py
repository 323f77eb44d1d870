"""`mailguard users reset-second` and `users bind`: how somebody logs in, mended by an administrator."""

from typing import Annotated

import typer

from mailguard.app.console import ConfigOption, LoginName, out, settings_of, told
from mailguard.core.errors import ConfigError
from mailguard.store.people.federated import bind_subject
from mailguard.store.people.second_factors import reset_second_factors
from mailguard.store.store import open_store


def reset_second(name: LoginName, config: ConfigOption = None) -> None:
    """Forget a user's second factor, passkeys and recovery codes, and end their logins: for somebody who lost them."""
    with told(), open_store(settings_of(config).store) as store:
        reset_second_factors(store, name)
    out.print(f"{name} logs in by password alone until a second factor is set up again")


def bind(
    name: LoginName,
    subject: Annotated[
        str | None, typer.Argument(metavar="SUBJECT", help="The provider's claim `sub` for the person.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="No longer: the user logs in here alone.")] = False,
    config: ConfigOption = None,
) -> None:
    """Have a user of ours log in by the provider of [desk.oidc]: nobody is taken for another by name or address."""
    with told():
        settings = settings_of(config)
        oidc = settings.desk.oidc
        if oidc is None:
            raise ConfigError(config, "desk.oidc", "there is no provider to be bound to")
        if (subject is None) is not none:
            raise typer.BadParameter("give the subject, or --none")
        with open_store(settings.store) as store:
            bind_subject(store, name, f"{oidc.issuer} {subject}" if subject else None)
    out.print(f"{name} logs in as {subject} of {oidc.issuer}" if subject else f"{name} logs in here alone")
