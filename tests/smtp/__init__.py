"""Letters through the front door, over real sockets."""
