"""`mailguard demo`: the whole thing on loopback, with made-up customers and a mail sink."""
