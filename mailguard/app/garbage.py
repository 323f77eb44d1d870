"""Garbage collection in a process that serves mail."""

import gc

_YOUNG = 10_000
"""Container objects that come to be before the young ones are looked through. The default, 700, is reached several
times within one letter, when nearly all of them are still in use."""


def settle_down() -> None:
    """Never look through again what is there now: rules, tables, code.

    These are 250,000 objects without garbage, and each look through all of them stops the process for 150 ms: the
    longest that a client ever waited for an answer. What is not used any more is freed all the same, by its reference
    count; only rings of objects that refer to each other are kept.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)


def keep_new() -> None:
    """The same for what has been loaded since, without a look through it: mail is coming in."""
    gc.freeze()
