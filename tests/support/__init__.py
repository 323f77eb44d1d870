"""What several rooms' tests share: sinks, servers, letters."""
