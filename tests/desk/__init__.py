"""Tests of the review desk: real held messages, a real store, a real browser."""
