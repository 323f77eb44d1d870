"""Tests of cases/addresses/."""
