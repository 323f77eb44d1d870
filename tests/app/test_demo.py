"""`mailguard demo --once`: the story is played with real parts and checks itself."""

import os
import subprocess
import sys


def test_story_is_told_to_its_end() -> None:
    """Exit 0, every step printed, and no password in the output."""
    done = subprocess.run(
        [sys.executable, "-m", "mailguard", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=180,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("1. ", "namesake", "403", "Sven", "chain is whole", "told to its end"):
        assert word in done.stdout
    assert "Marjapuuro83" not in done.stdout + done.stderr
    assert done.stderr == ""
