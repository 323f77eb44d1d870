"""The spine: judge a message, and the life of a held one."""
