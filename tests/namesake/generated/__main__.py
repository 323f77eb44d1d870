"""`python -m tests.namesake.generated`: figures of made letters.

Without `--register FILE` the register is made up, of `--customers` rows; `--about` is how many of them get letters.
"""

import argparse

from tests.namesake.generated.run import run


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--register", default=None)
    parser.add_argument("--about", type=int, default=300)
    parser.add_argument("--database", default=None, help="keep the imported register here, and use it if it is there")
    parser.add_argument("--wrong", action="store_true", help="print examples of what went wrong")
    given = parser.parse_args()
    run(given.customers, given.register, given.about, given.database, show_wrong=given.wrong)


if __name__ == "__main__":
    main()
