"""The tables of the benchmark."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.systems import GUARD, RELAY
from tests.bench.targets import SIZES

_DATABASES = ("SQLite", "PostgreSQL")


def print_results(results: Mapping[str, Any]) -> None:
    """Throughput, CPU, latency, memory, and the targets; the judge's CPU by stage; holding; the large register."""
    console = Console(width=150)
    console.print(
        f"{results['machine']}, Python {results['python']}, {results['customers']:,} customers, "
        f"{results['workers']} workers, load before {results['load_before']}"
    )
    if "systems" in results:
        console.print(_systems(results["systems"]))
        held = results["systems"].get(GUARD, {}).get("held")
        if held:
            console.print(f"held, with the disk: {held['per_second']:.0f} messages/s, {held['cpu_ms']:.2f} ms CPU each")
        console.print(_memory(results["systems"][GUARD]["memory"]["looks"]))
        console.print(_targets(results["targets"]))
        console.print(_stages(results["stages"]))
    if "hold" in results:
        console.print(f"50 kB to the end of a file and fsync: {_pair(results['hold']['fsync'])} ms")
        console.print(_holding(results["hold"]))
        console.print(_lists(results["hold"]))
        console.print(_pages(results["hold"]))
    if "register" in results:
        console.print(_register(results["register"]))


def _systems(systems: Mapping[str, Any]) -> Table:
    relay = systems.get(RELAY)
    table = Table("system", box=None, pad_edge=False)
    for title in (*(f"{size}/s" for size in SIZES), "x Postfix", "CPU ms a message", "p50/p99 ms", "largest/all MB"):
        table.add_column(title, justify="right")
    for name, measured in systems.items():
        latency = measured["latency"]
        ratios = [measured[size]["per_second"] / relay[size]["per_second"] for size in SIZES] if relay else []
        table.add_row(
            name,
            *(f"{measured[size]['per_second']:,.0f}" for size in SIZES),
            " / ".join(f"{ratio:.2f}" for ratio in ratios),
            " / ".join(f"{measured[size]['cpu_ms']:.2f}" for size in SIZES),
            f"{latency['p50']:.1f} / {latency['p99']:.1f}",
            f"{measured['largest_mb']:.0f} / {measured['together_mb']:.0f}",
        )
    return table


def _memory(looks: list[Mapping[str, Any]]) -> Table:
    table = Table("guard's memory after messages", box=None, pad_edge=False)
    for look in looks:
        table.add_column(f"{look['messages']:,}", justify="right")
    for title, name in (("largest process, MB", "largest_mb"), ("all processes, MB", "together_mb")):
        table.add_row(title, *(f"{look[name]:.0f}" for look in looks))
    return table


def _targets(targets: list[Mapping[str, Any]]) -> Table:
    table = Table("target", box=None, pad_edge=False)
    for title in ("wanted", "measured", "reached"):
        table.add_column(title, justify="right")
    for target in targets:
        bound = "<=" if target["at_most"] else ">="
        reached = "yes" if target["reached"] else "no"
        table.add_row(target["name"], f"{bound} {target['wanted']:g}", f"{target['measured']:.2f}", reached)
    return table


def _pair(measured: Mapping[str, Any]) -> str:
    return f"{measured['p50_ms']:.1f} / {measured['p99_ms']:.1f}"


def _holding(results: Mapping[str, Any]) -> Table:
    table = Table("50 kB held", box=None, pad_edge=False)
    for title in ("a second", "p50 / p99 ms", "CPU ms a message", "database's", "load"):
        table.add_column(title, justify="right")
    for name in _DATABASES:
        for run in results[name]["straight"]:
            of_server = f"{run['server_cpu_ms']:.2f}"
            _add_run(table, f"{name}, {run['clients']} clients", run, of_server)
        for run in results[name]["smtp"]:
            _add_run(table, f"{name}, SMTP, 10 sessions, {run['workers']} workers", run, "")
    return table


def _add_run(table: Table, name: str, run: Mapping[str, Any], of_server: str) -> None:
    rate, cpu, load = f"{run['per_second']:,.0f}", f"{run['cpu_ms']:.2f}", f"{run['load']:.1f}"
    table.add_row(name, rate, _pair(run), cpu, of_server, load)


def _lists(results: Mapping[str, Any]) -> Table:
    table = Table(f"a page of {results['made_up_cases']:,} cases", box=None, pad_edge=False)
    for name in _DATABASES:
        table.add_column(f"{name}, ms (CPU)", justify="right")
    for title in results[_DATABASES[0]]["lists"]:
        times = [results[name]["lists"][title] for name in _DATABASES]
        table.add_row(title, *(f"{each['wall_ms']:.1f} ({each['cpu_ms']:.1f})" for each in times))
    return table


def _pages(results: Mapping[str, Any]) -> Table:
    table = Table("the desk in Chromium, ms answered / loaded", box=None, pad_edge=False)
    for title in (*_DATABASES, "kB, first / again"):
        table.add_column(title, justify="right")
    for title, measured in results[_DATABASES[0]]["pages"].items():
        views = [results[name]["pages"][title] for name in _DATABASES]
        octets = f"{measured['first_octets'] / 1000:.0f} / {measured['again_octets'] / 1000:.0f}"
        table.add_row(title, *(f"{view['answered_ms']:.0f} / {view['loaded_ms']:.0f}" for view in views), octets)
    return table


def _register(databases: Mapping[str, Any]) -> Table:
    table = Table("register", box=None, pad_edge=False)
    for name, measured in databases.items():
        table.add_column(f"{measured['import']['customers']:,} in {name}", justify="right")

    def add(label: str, show: Callable[[Mapping[str, Any]], str]) -> None:
        table.add_row(label, *(show(measured) for measured in databases.values()))

    add("import, customers/s", lambda m: f"{m['import']['per_second']:,.0f}")
    add("import, s / CPU s", lambda m: f"{m['import']['seconds']:.1f} / {m['import']['cpu_seconds']:.1f}")
    add("the same again, s / CPU s", lambda m: f"{m['repeat']['seconds']:.1f} / {m['repeat']['cpu_seconds']:.1f}")
    add("importing process, MB", lambda m: f"{max(m[run]['peak_mb'] for run in ('import', 'repeat')):.0f}")
    add("on the disk, MB", lambda m: f"{m['size_mb']:,.0f}")
    add("a recipient, p50 / p99 CPU ms", lambda m: f"{m['look_ups']['p50']:.2f} / {m['look_ups']['p99']:.2f}")
    add("a recipient, p50 wall ms", lambda m: f"{m['look_ups']['wall_p50']:.2f}")
    for kind in next(iter(databases.values()))["look_ups"]["kinds"]:
        add(f"  {kind}, p50 CPU ms", lambda m, kind=kind: f"{m['look_ups']['kinds'][kind]:.2f}")  # type: ignore[misc]
    add("judging process, MB", lambda m: f"{m['look_ups']['resident_mb']:.0f}")
    return table


def _stages(letters: list[Mapping[str, Any]]) -> Table:
    names = list(letters[0]["stages"])
    table = Table("judge, CPU ms", box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right")
    for letter in letters:
        table.add_row(letter["letter"], *(f"{letter['stages'][name]:.2f}" for name in names))
    return table
