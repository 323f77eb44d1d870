"""mailguard: an outbound SMTP relay that holds mail on its way to the wrong person."""

__version__ = "0.1.0"
