"""Letters to the customer register: import, look-ups, disputes, audit."""
