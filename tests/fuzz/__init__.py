"""Reader, detector, normaliser and rule loader on letters and rules that nobody would write."""
