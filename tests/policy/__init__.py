"""The policy table, its words, and the verdicts."""
