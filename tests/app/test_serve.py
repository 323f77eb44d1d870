"""The main job end to end: `mailguard serve` in a process of its own, real clients before it, a real Postfix behind."""

import smtplib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import CUSTOMERS
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import SENDER, write_letter
from tests.support.need import need_program
from tests.support.postfix import Postfix, start_postfix

RIGHT, NAMESAKE = "matti.virtanen@post.example", "m.virtanen@mail.example"
SECRET = "Marjapuuro83"
LETTER = f"Hei Matti Virtanen,\n\nAsiakasnumero: 1001\nSalasana: {SECRET}\n.\n..\nÄäkköset säilyvät.\n"
