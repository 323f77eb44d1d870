"""The letter on the case page: its text with the findings marked, its HTML made harmless, its files, its mailboxes."""
