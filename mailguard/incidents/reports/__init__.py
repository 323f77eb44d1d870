"""What wrong readers and the staff report: a letter went to the wrong person."""
