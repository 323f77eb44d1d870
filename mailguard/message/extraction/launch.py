"""Confine this process, then become another program: `python -m mailguard.message.extraction.launch LIMITS PROGRAM...`.

Between fork and exec of a process with threads nothing may be called that takes a lock, so the limits are set here.
What the program inherits: limits of memory and time, no file that it could write, and the refused system calls but
execve.
"""

import json
import os
import sys

from mailguard.message.extraction.confine import Limits, confine, start_clock


def main() -> None:
    """Does not return."""
    limits = Limits(**json.loads(sys.argv[1]))
    confine(limits, may_execute=True)
    start_clock(limits)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell, on purpose


if __name__ == "__main__":
    main()
