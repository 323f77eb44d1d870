"""Tests of store/audit/."""
