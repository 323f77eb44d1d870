"""Approved messages on their way out, each to whom it still lacks."""
