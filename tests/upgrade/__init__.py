"""Yesterday's data in today's version (promise 15): `data/` holds a tiny store of every released schema."""
