"""The benchmark: the guard between a load generator and a sink, beside the peers, in one interleaved run."""
