"""The named steps of a message's way, at each of which the guard is killed."""

HANDING_OVER = ("before MAIL", "at DATA", "before the dot", "after the dot", "after its answer")

STEPS = (
    *(f"clean: {moment}" for moment in HANDING_OVER),
    "hold: before seal",
    "hold: after seal",
    "hold: before commit",
    "hold: after commit",
    "hold: before 250",
    "hold: after 250",
    "decision: before commit",
    "decision: after commit",
    "claim: before commit",
    "claim: after commit",
    "start: before commit",
    "start: after commit",
    *(f"release: {moment}" for moment in HANDING_OVER),
    "settle: before commit",
    "settle: after commit",
    *(f"letter: {moment}" for moment in HANDING_OVER),
    "letter: before commit",
    "letter: after commit",
)
"""`clean` is mail that passes, `start` the last look at the claim before the dot, `settle` the record of the next hop's
answer, `letter` what the guard itself writes."""

RANDOM = "at random"
"""Any process of the tree at any moment."""
