"""Findings and relations in, a verdict with its reasons out. The table is `rules/policy.yaml`."""
