"""Learning the weights of `rules/credentials/weights.tsv` from labelled letters."""
