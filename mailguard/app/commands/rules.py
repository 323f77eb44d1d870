"""`mailguard rules list`, `rules test`, `rules explain` and `rules replay`."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mailguard.app.commands.rules_replay import replay_rules
from mailguard.app.console import ConfigOption, Exit, out, settings_of, told
from mailguard.app.mailboxes import find_messages
from mailguard.app.wiring import budget_of, open_recognizer
from mailguard.core.part import Letter
from mailguard.core.rule_folders import rule_folders
from mailguard.detect.detector import Detector
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.read import read_letter
from mailguard.policy.cleaning import clean

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
        out.print(f"{result.rule}: expected {result.expected}, got {result.got}: {result.example!r}")
    out.print(f"{len(results) - len(failed)} examples hold, {len(failed)} fail")
    raise typer.Exit(Exit.FAILED if failed else Exit.DONE)


@app.command("explain")
def explain(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help=".eml file, mbox, Maildir, or - .")],
    config: ConfigOption = None,
) -> None:
    """Say for every place in a message which rule looked at it, and why it counts or not. No value is printed."""
    with told(), ExtractionPool() as extractor:
        settings = settings_of(config)
        detector = Detector.load(rule_folders(settings), prove=False)
        budget, recognizer = budget_of(settings), open_recognizer(settings)
        for stored in find_messages(message):
            letter = read_letter(stored.read(), budget, extractor, recognizer)
            out.print(Text(f"{stored.path}: {len(letter.parts)} parts"), soft_wrap=True)
            out.print(_explained(detector, letter))
            for trouble in letter.troubles:
                out.print(Text(f"{trouble.kind}: {trouble.part}: {trouble.text}"), soft_wrap=True)
            for part in detector.examine(letter).exhausted:
                out.print(Text(f"unreadable: {part}: more places that look like secrets than can be looked at"))


app.command("replay")(replay_rules)


def _explained(detector: Detector, letter: Letter) -> Table:
    table = Table("outcome", "score", "rule", "part", "line", "label", "why", box=None, pad_edge=False)
    for place in detector.explain(letter):
        table.add_row(
            place.outcome,
            f"{place.score:g} of {place.hold_at:g}",
            place.rule,
            Text(clean(place.part)),
            str(place.line),
            Text(clean(place.label)),
            " ".join(word for word in (place.form, place.shape) if word),
        )
    return table
