"""The desk under attack: robots, hostile texts, made-up requests."""
