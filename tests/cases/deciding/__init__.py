"""Tests of cases/deciding/."""
