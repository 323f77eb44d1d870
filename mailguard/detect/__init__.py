"""What a text contains: credentials and personal data. Pure: text in, findings out. One family of detectors a file."""
