"""What a test needs of the machine: missing means skipped, with a reason; with CI=true it means failed."""

import os
import shutil
from typing import NoReturn

import pytest


def need_program(name: str, package: str, folders: tuple[str, ...] = ()) -> str:
    """The path of a program. Skips the test when it is not installed, or fails it under CI."""
    path = shutil.which(
        name, path=os.pathsep.join((*folders, os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    )
    if path is None:
        missing(f"{name} is not installed (Debian package: {package})")
    return path


def missing(reason: str) -> NoReturn:
    """Skip, or fail under CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
