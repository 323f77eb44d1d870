"""The register's pages: its figures, the audit, what is remembered of addresses. One page a file."""
