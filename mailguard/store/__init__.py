"""What must survive: held cases, sealed bodies, people, the outbox of letters, counts, and the audit chain."""
