"""Drafts of what a breach asks to be written: notifications and letters in six languages, filled from the register."""
