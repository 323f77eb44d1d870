"""Tests of store/keys/."""
