"""Memory of a process that serves mail: what is looked through for garbage, and what goes back to the system."""

import asyncio
import ctypes
import gc

_YOUNG = 10_000
"""Container objects that come to be before the young ones are looked through. The default, 700, is reached several
times within one letter, when nearly all of them are still in use."""
_PAUSE = 20.0
"""Seconds between two times that memory is given back."""


def give_back_memory() -> None:
    """Give to the system what was freed. 5 ms.

    Left to itself the C library keeps it wherever something that lives longer lies behind it: 20 to 60 MB, once some
    messages of a megabyte have come through.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # GNU's only
    if trim is not None:
        trim(0)


async def keep_giving_back() -> None:
    """Do so again and again, until cancelled; in a thread, since it needs no interpreter."""
    while True:
        await asyncio.sleep(_PAUSE)
        await asyncio.to_thread(give_back_memory)


def settle_down() -> None:
    """Never look through again what is there now: rules, tables, code.

    These are 250,000 objects without garbage, and each look through all of them stops the process for 150 ms: the
    longest that a client ever waited for an answer. What is not used any more is freed all the same, by its reference
    count; only rings of objects that refer to each other are kept.
    """
    gc.collect()
    give_back_memory()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)


def keep_new() -> None:
    """The same for what has been loaded since, without a look through it: mail is coming in."""
    gc.freeze()
