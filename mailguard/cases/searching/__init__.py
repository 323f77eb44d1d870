"""Lists of cases that stay quick with a million of them: every query follows an index, and a search looks so far."""
