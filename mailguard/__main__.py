"""`python -m mailguard` is the same as `mailguard`."""

from mailguard.app.cli import main

main()
