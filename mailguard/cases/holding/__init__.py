"""Hold a message: body, row, audit entry and letters in one commit."""
