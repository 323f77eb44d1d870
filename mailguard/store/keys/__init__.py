"""Sealed letters and the keys of the key file: which is in use, and how it is exchanged."""
