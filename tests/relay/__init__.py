"""The next hop, good and bad, over real sockets."""
