"""The queue: what waits, found, claimed, watched, and given back by the dozen."""
