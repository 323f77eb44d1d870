"""The crash matrix: kill -9 at random and at every named step, and count what is there afterwards."""
