"""What chat systems and others are told over HTTP: signed, without personal data."""
