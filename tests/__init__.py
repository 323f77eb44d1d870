"""Tests: letters, real servers, real bytes."""
