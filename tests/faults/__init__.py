"""Faults (promise 10): what a client, a reviewer and a monitor see while something is broken, and that it mends itself.

The matrix is `matrix.py`; each of its rows is a test.
"""
