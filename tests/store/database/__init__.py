"""Tests of store/database/."""
