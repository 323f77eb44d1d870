"""Who may decide on a held message, and what a decision does."""
