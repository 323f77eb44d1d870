"""What went where, what wrong readers report, and the breach register."""
