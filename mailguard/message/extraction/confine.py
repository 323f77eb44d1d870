"""What a worker process may not do: use much memory or time, write files, start programs, speak to the network.

Limits are those of setrlimit(2); system calls are refused by a seccomp filter (seccomp(2), BPF), which any user may
install. On a kernel or machine without it the limits still hold.
"""

import ctypes
import platform
import resource
import signal
import struct
import time
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """For one worker process."""

    memory: int = 1 << 30
    """Octets of address space."""
    cpu_seconds: int = 10
    """Processor time for one attachment."""
    wall_seconds: float = 20.0
    """Time for one attachment; then the process is killed."""
    jobs: int = 1000
    """Attachments until the process is replaced, so that leaks of native code come to an end. To start one takes 0.3 s
    of processor time, as much as 60 short PDF files."""
    kept_memory: int = 300 << 20
    """Octets resident between two jobs at which it is replaced sooner."""


# Numbers of system calls: asm/unistd_64.h and asm-generic/unistd.h of Linux.
_REFUSED = {
    "x86_64": (
        0xC000003E,
        {"socket": 41, "connect": 42, "fork": 57, "vfork": 58, "execve": 59, "ptrace": 101, "execveat": 322}
        | {"process_vm_readv": 310, "process_vm_writev": 311, "io_uring_setup": 425},
    ),
    "aarch64": (
        0xC00000B7,
        {"socket": 198, "connect": 203, "execve": 221, "ptrace": 117, "execveat": 281}
        | {"process_vm_readv": 270, "process_vm_writev": 271, "io_uring_setup": 425},
    ),
}
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
_X32 = 0x40000000
"""Bit of the x32 system calls, a second way to each of them."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def confine(limits: Limits, *, may_execute: bool = False) -> None:
    """Limit this process for good. `may_execute`: it becomes another program next."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the letter
    _filter_system_calls(frozenset({"execve"}) if may_execute else frozenset())


def start_clock(limits: Limits) -> None:
    """Limit the next job: the kernel ends the process when its time is over, whatever native code is doing."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + limits.cpu_seconds + 1, hard))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + 1)  # SIGALRM; the pool should have killed it by then


def stop_clock() -> None:
    """Between two jobs no time is counted."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _filter_system_calls(allowed: frozenset[str]) -> None:
    if platform.system() != "Linux" or platform.machine() not in _REFUSED:
        return
    architecture, calls = _REFUSED[platform.machine()]
    numbers = [number for name, number in calls.items() if name not in allowed]
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 0, len(numbers) + 2, architecture), (_LOAD, 0, 0, 0)]
    steps += [(_AT_LEAST, len(numbers) + 1, 0, _X32)]
    steps += [(_EQUAL, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    with suppress(OSError, AttributeError):
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
