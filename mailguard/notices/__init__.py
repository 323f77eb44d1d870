"""Letters that the guard itself writes: to senders, supervisors and ops. They tell of a case and show nothing of it."""
