"""Tests of desk/login/."""
