"""How well the rules find: recall and precision over labelled letters."""
