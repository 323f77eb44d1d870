"""`mailguard notices`: try the ways by which the guard tells others."""

import asyncio
from typing import Annotated

import httpx
import typer

from mailguard.app.console import ConfigOption, Exit, err, out, settings_of, told
from mailguard.core.clock import utc_now
from mailguard.core.errors import InputError
from mailguard.core.settings.notices import WebhookSettings
from mailguard.notices.webhooks.events import Body, describe_test
from mailguard.notices.webhooks.post import post

app = typer.Typer(no_args_is_help=True, help="Letters and webhooks of the guard's own.")


@app.callback()
def _group() -> None:
    """Letters and webhooks of the guard's own."""


@app.command("test-webhook")
def try_webhook(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of one of [[notices.webhooks]].")],
    config: ConfigOption = None,
) -> None:
    """Post a signed test delivery to a webhook, and tell what it answers. Exit 1 when it was not taken."""
    with told():
        settings = settings_of(config)
        hook = next((hook for hook in settings.notices.webhooks if hook.name == name), None)
        if hook is None:
            known = ", ".join(hook.name for hook in settings.notices.webhooks) or "none is configured"
            raise InputError(f"there is no webhook {name!r} in the configuration: {known}")
        answer, well = asyncio.run(_try(hook, describe_test(settings, utc_now())))
    (out if well else err).print(f"{name}: {answer}", soft_wrap=True)
    raise typer.Exit(Exit.DONE if well else Exit.FAILED)


async def _try(hook: WebhookSettings, body: Body) -> tuple[str, bool]:
    try:
        status = await post(hook, 0, body, utc_now())
    except TimeoutError:
        return "does not answer in time", False
    except (httpx.HTTPError, OSError) as error:
        return f"cannot be reached ({type(error).__name__})", False
    if 300 <= status < 400:
        return f"answers {status}, a redirect: write the address that it leads to", False
    return (f"taken ({status})", True) if 200 <= status < 300 else (f"answers {status}", False)
