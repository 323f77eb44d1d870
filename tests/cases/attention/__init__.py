"""Tests of cases/attention/."""
