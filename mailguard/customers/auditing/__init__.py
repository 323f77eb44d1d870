"""The searches of the register audit, one a file; `customers.audit` runs them all."""
