"""The pages of people whose own mail is held."""
