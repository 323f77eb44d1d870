"""Tests of cases/holding/."""
