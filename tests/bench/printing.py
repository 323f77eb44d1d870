"""The tables of the benchmark."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_SIZES = ("2 kB", "43 kB", "1 MB")
_RELAY = "Postfix relay"


def print_results(results: Mapping[str, Any]) -> None:
    """Throughput with its ratio to Postfix, latency, memory; the judge's CPU by stage; the large register."""
    console = Console(width=150)
    console.print(
        f"{results['machine']}, Python {results['python']}, {results['customers']:,} customers, "
        f"{results['workers']} workers, load before {results['load_before']}"
    )
    if "systems" in results:
        console.print(_systems(results["systems"]))
        held = results["systems"].get("mailguard", {}).get("held")
        if held:
            console.print(f"held, with the disk: {held['per_second']:.0f} messages/s, {held['cpu_ms']:.2f} ms CPU each")
        console.print(_stages(results["stages"]))
    if "register" in results:
        console.print(_register(results["register"]))


def _systems(systems: Mapping[str, Any]) -> Table:
    relay = systems.get(_RELAY)
    table = Table("system", box=None, pad_edge=False)
    for title in (*(f"{size}/s" for size in _SIZES), "x Postfix", "CPU ms a message", "p50/p99 ms", "largest/all MB"):
        table.add_column(title, justify="right")
    for name, measured in systems.items():
        latency = measured["latency"]
        ratios = [measured[size]["per_second"] / relay[size]["per_second"] for size in _SIZES] if relay else []
        table.add_row(
            name,
            *(f"{measured[size]['per_second']:,.0f}" for size in _SIZES),
            " / ".join(f"{ratio:.2f}" for ratio in ratios),
            " / ".join(f"{measured[size]['cpu_ms']:.2f}" for size in _SIZES),
            f"{latency['p50']:.1f} / {latency['p99']:.1f}",
            f"{measured['largest_mb']:.0f} / {measured['together_mb']:.0f}",
        )
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
        add(f"  {kind}, p50 CPU ms", lambda m, kind=kind: f"{m['look_ups']['kinds'][kind]:.2f}")
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
