"""The breach register's pages and its part of the HTTP API."""
