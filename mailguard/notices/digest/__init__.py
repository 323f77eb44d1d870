"""One letter with all that waits for somebody, instead of one for each held message."""
