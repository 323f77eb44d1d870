"""`make given-names`: write `mailguard/detect/given_names.txt` from the Faker package (MIT)."""

from importlib import import_module, resources

from mailguard.detect.fold import fold

COUNTRIES = ("fi_FI", "sv_SE", "pl_PL", "nl_NL", "nl_BE", "de_DE", "de_AT", "de_CH", "en_GB", "en_IE", "en_US")
SHORTEST = 3
"""Letters: shorter ones are words and abbreviations more often than names."""
_WIDTH = 110


def main() -> None:
    """Collect, fold and write."""
    names = sorted({name for country in COUNTRIES for name in _names_of(country)})
    file = resources.files("mailguard.detect") / "given_names.txt"
    with resources.as_file(file) as path:
        path.write_text(_in_lines(names), encoding="ascii")
    print(f"{len(names)} given names")


def _names_of(country: str) -> set[str]:
    provider = import_module(f"faker.providers.person.{country}").Provider
    lists = [getattr(provider, name) for name in dir(provider) if name.startswith("first_name")]
    folded = {fold(name).plain.decode() for each in lists if not callable(each) for name in each}
    return {name for name in folded if name.isalpha() and len(name) >= SHORTEST}


def _in_lines(names: list[str]) -> str:
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > _WIDTH:
            lines.append("")
        lines[-1] += f" {name}" if lines[-1] else name
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
