"""Tests of cases/seeding/."""
