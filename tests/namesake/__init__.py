"""Whom a letter is about, and what its recipients are to that customer."""
