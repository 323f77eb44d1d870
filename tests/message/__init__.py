"""Tests of the reader: real bytes of ordinary, crooked and hostile mail."""
