"""The files of the rules as they were at one moment: what is proved is what every process of the guard then loads."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from mailguard.app.memory import give_back_memory
from mailguard.cases.rules import Rules
from mailguard.core.errors import RulesError
from mailguard.core.rule_folders import rule_folders
from mailguard.core.settings import Settings
from mailguard.detect.detector import Detector
from mailguard.detect.quiet import QuietMemory
from mailguard.namesake.known_contents import KnownContents
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy


@dataclass(frozen=True)
class RuleFiles:
    """Every pack below the rules' folders and the weights beside it, the operator's last, with their octets. Goes from
    process to process."""

    folders: tuple[tuple[Path, tuple[tuple[str, bytes], ...]], ...]

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that tell sets apart, whatever their folders are called."""
        hashed = sha256()
        for number, (_, files) in enumerate(self.folders):
            for name, content in files:
                hashed.update(f"{number} {name} {len(content)}\n".encode() + content)
        return hashed.hexdigest()[:12]


def read_rule_files(settings: Settings) -> RuleFiles:
    """Read them all. Raises ConfigError for a folder, RulesError for a file that cannot be read."""
    return RuleFiles(tuple((folder, tuple(_read(folder))) for folder in rule_folders(settings)))


def compile_rules(files: RuleFiles, settings: Settings, *, prove: bool = True) -> Rules:
    """Load the set, and with `prove` run its examples first. 0.6 s of CPU, or 1.6.

    Raises RulesError, naming the operator's own file, for a pattern or example that fails.
    """
    with TemporaryDirectory(prefix="mailguard-rules-") as place:
        copies = {Path(place, str(number)): (folder, kept) for number, (folder, kept) in enumerate(files.folders)}
        for copy, (_, kept) in copies.items():
            copy.mkdir()
            for name, content in kept:
                file = copy / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        try:
            if prove:
                # A set of its own, thrown away: the automata that all examples build take 60 MB for as long as their
                # patterns live, and letters need few of them.
                load_folders(list(copies), settings, prove=True)
                give_back_memory()
            return load_folders(list(copies), settings, prove=False)
        except RulesError as error:
            raise _of_the_original(error, {copy: folder for copy, (folder, _) in copies.items()}) from None


def load_folders(folders: list[Path], settings: Settings, *, prove: bool = True) -> Rules:
    """Load a set from folders. Raises RulesError."""
    detector = Detector.load(folders, prove=prove)
    patterns = IdentifierPatterns.load(folders, settings.register_.own_addresses)
    policy = Policy.load(folders, language=settings.notices.language)
    if not settings.message.remember:
        return Rules(detector, patterns, policy)
    return Rules(detector, patterns, policy, QuietMemory(), KnownContents())


_KINDS = frozenset({".yaml", ".yml", ".tsv"})


def _read(folder: Path) -> Iterable[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.suffix in _KINDS and file.is_file():
            try:
                yield str(file.relative_to(folder)), file.read_bytes()
            except OSError as error:
                raise RulesError(file, "(file)", f"cannot be read: {error.strerror}") from None


def _of_the_original(error: RulesError, originals: dict[Path, Path]) -> RulesError:
    # Whoever mends it looks for the file that was copied, not for the copy.
    file = Path(error.file) if error.file else None
    for copy, folder in originals.items():
        if file is not None and file.is_relative_to(copy):
            return RulesError(folder / file.relative_to(copy), error.key, error.mend)
    return error
