"""`mailguard demo`."""

import asyncio
import logging
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mailguard.app.console import told
from mailguard.app.demo.stage import Stage, set_up
from mailguard.app.demo.story import Story
from mailguard.app.logs import set_up_logs

out = Console(highlight=False)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Tell the story to its end and exit; nobody is waited for.")
    ] = False,
) -> None:
    """Show everything on free loopback ports: made-up customers, a mail sink, the namesake case, the review desk.

    Nothing is kept: the folder is thrown away at the end.
    """
    set_up_logs(level=logging.ERROR)
    with told(), tempfile.TemporaryDirectory(prefix="mailguard-demo-") as folder:
        asyncio.run(_demo(Path(folder), once))


async def _demo(folder: Path, once: bool) -> None:
    async with set_up(folder) as stage:
        out.print(
            f"mailguard on loopback: SMTP on port {stage.started.smtp_ports[0]}, a mail sink behind it, "
            f"{stage.customers} made-up customers"
        )
        await Story(stage, out).play()
        if once:
            out.print("\nThe story is told to its end.")
            return
        _invite(stage)
        await _until_stopped()
        out.print("\nGoodbye; nothing was kept.")


def _invite(stage: Stage) -> None:
    desk = stage.guard.settings.desk.public_url
    out.print(f"\n[bold]The review desk is open:[/bold] {desk}")
    for actor, what in (
        (stage.supervisor, "decides"),
        (stage.seller, "wrote the letters, so she may not decide on them"),
    ):
        out.print(f"   {actor.person.name} / {actor.password}   ({what})")
    port = stage.started.smtp_ports[0]
    out.print("Send your own letter:")
    out.print(
        f'   swaks --server 127.0.0.1:{port} --from you@operator.example --to someone@post.example --body "PIN: 4826"',
        soft_wrap=True,
    )
    out.print("Stop with Ctrl-C.")


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
