"""Tests of cases/deadlines/."""
