"""`mailguard serve`."""

import asyncio
import signal
import sys
from typing import Annotated

import typer
import uvloop

from mailguard.app.console import ConfigOption, settings_of, told
from mailguard.app.descriptors import allow_descriptors
from mailguard.app.log_stream import open_log_stream
from mailguard.app.logs import set_up_logs
from mailguard.app.memory import settle_down
from mailguard.app.running import running
from mailguard.app.wiring import Guard, open_guard


def serve(
    log_json: Annotated[bool, typer.Option("--log-json", help="Log JSON lines instead of key=value.")] = False,
    config: ConfigOption = None,
) -> None:
    """Run the guard: front door, relay to the next hop, review desk, letters and schedule.

    SIGTERM and SIGINT stop it: messages whose final dot was read are finished first. Rules that change are loaded
    within seconds, and at once after SIGHUP.
    """
    set_up_logs(as_json=log_json)
    with told(), open_guard(settings_of(config)) as guard:
        allow_descriptors(guard.settings.smtp)
        uvloop.run(_serve(guard))


async def _serve(guard: Guard) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    async with running(guard) as started:
        loop.add_signal_handler(signal.SIGHUP, started.rules.call)
        settings = guard.settings
        ports = ", ".join(str(port) for port in started.smtp_ports)
        hop = f"{settings.next_hop.host}:{settings.next_hop.port}"
        desk = f"desk on port {started.desk_port} ({settings.desk.public_url})"
        line = f"mailguard: SMTP on port {ports}, next hop {hop}, {desk}"
        # As the log: a full disk or a reader that hangs is no reason not to serve.
        open_log_stream(sys.stderr).write(f"{line}\n")
        settle_down()
        await asked_to_stop.wait()
