"""`mailguard users add --team`: whose mail somebody sees, in a whole guard."""

from tests.support.guard import PASSWORD, GuardProcess

_TEAMS = """
[report.teams]
Sales = ["sales.example"]
Support = ["support.example"]
"""
_NEW = ("--email", "sven@operator.example", "--role", "supervisor", "--password-stdin")


def test_teams_are_those_of_the_configuration(guard: GuardProcess) -> None:
    """A mistyped team is refused with the names there are; a team is kept by a new password, and taken away by name."""
    guard.config.write_text(guard.config.read_text() + _TEAMS)
    odd = guard.command("users", "add", "sven", *_NEW, "--team", "Salse", stdin=PASSWORD)
    assert odd.returncode == 2
    assert "[report] teams and [register] partners make: Sales, Support" in " ".join(odd.stderr.split())
    assert guard.command("users", "add", "sven", *_NEW, "--team", "Sales", stdin=PASSWORD).returncode == 0
    assert guard.command("users", "add", "sven", *_NEW, stdin=PASSWORD).returncode == 0
    assert _sight(guard) == "Sales"
    assert guard.command("users", "add", "sven", *_NEW, "--all-teams", stdin=PASSWORD).returncode == 0
    assert _sight(guard) == "all"


def _sight(guard: GuardProcess) -> str:
    line = next(line for line in guard.command("users", "list").stdout.splitlines() if line.startswith("sven"))
    return line.split()[2]
