"""Tests of the room detect/."""
