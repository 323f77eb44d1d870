"""Hard letters for the whole judge, written by hand by somebody who had not read it."""
