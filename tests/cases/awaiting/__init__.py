"""Messages that are kept until their pictures are read."""
