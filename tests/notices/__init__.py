"""Letters of the guard."""
