"""Logs: one line an event, `key=value` or JSON, to standard error. No subject, no content, no secret goes in."""

import logging
import sys
from typing import TextIO, cast

import structlog

from mailguard.app.log_stream import keep_standard_streams, open_log_stream


def set_up_logs(*, as_json: bool = False, level: int = logging.INFO) -> None:
    """Configure structlog for the process, and keep the libraries quiet."""
    keep_standard_streams()
    last = structlog.processors.JSONRenderer() if as_json else structlog.processors.LogfmtRenderer(bool_as_flag=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, open_log_stream(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    # aiosmtpd's `mail.log` prints whole bodies at DEBUG, httpx the addresses of webhooks; APScheduler and uvicorn have
    # nothing to say per run.
    for name in (
        "mail.log",
        "mail.debug",
        "aiosmtplib",
        "apscheduler",
        "uvicorn.access",
        "asyncio",
        "httpx",
        "httpcore",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
