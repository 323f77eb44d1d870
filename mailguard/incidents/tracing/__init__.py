"""The journal, a line for every message, and what is found in it."""
