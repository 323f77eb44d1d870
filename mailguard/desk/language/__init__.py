"""The desk in six languages: which one a visitor reads, its texts, and its dates and numbers."""
