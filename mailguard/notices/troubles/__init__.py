"""Letters to ops: one when a trouble begins, one when it is over, however many nodes see it and however often."""
