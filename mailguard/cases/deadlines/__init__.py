"""Deadlines of what nobody decides: reckoned at the hold, reached once, and in the end the way back to the sender."""
