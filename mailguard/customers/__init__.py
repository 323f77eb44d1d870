"""Customers on record: the tables, import, look-ups, disputes and the audit of the register."""
