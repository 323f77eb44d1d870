"""Letters about whose structure mail programs disagree: several hundred, of all the oddities that are known to work."""
