"""`mailguard rules list` and `rules test`."""

import typer
from rich.table import Table

from mailguard.app.console import ConfigOption, Exit, out, settings_of, told
from mailguard.app.rule_folders import rule_folders
from mailguard.detect.detector import Detector

app = typer.Typer(no_args_is_help=True, help="The rules that find credentials and personal data.")


@app.command("list")
def list_rules(config: ConfigOption = None) -> None:
    """List every rule: id, kind, languages, and what it is for."""
    with told():
        detector = Detector.load(rule_folders(settings_of(config)))
    table = Table("rule", "kind", "languages", "what it finds", box=None, pad_edge=False)
    for rule in detector.rules:
        table.add_row(rule.id, rule.kind, " ".join(rule.languages), rule.description)
    out.print(table)


@app.command("test")
def run_examples(config: ConfigOption = None) -> None:
    """Run every rule's own hold and pass examples. Exit 1 when one fails."""
    with told():
        detector = Detector.load(rule_folders(settings_of(config)))
        results = detector.test()
    failed = [result for result in results if not result.ok]
    for result in failed:
        out.print(f"{result.rule}: expected {result.expected}, got {result.got}: {result.example!r}", markup=False)
    out.print(f"{len(results) - len(failed)} examples hold, {len(failed)} fail")
    raise typer.Exit(Exit.FAILED if failed else Exit.DONE)
