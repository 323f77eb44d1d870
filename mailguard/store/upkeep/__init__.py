"""What an operator does with a database as a whole: look at it, upgrade it, back it up, restore it."""
