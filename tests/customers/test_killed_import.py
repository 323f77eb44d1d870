"""An import that is killed leaves the register as it was, no process behind, and nothing in the way of the next."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from tests.customers.conftest import HEADER, Import
from tests.support.waiting import eventually

PROGRAM = """
import sys
from pathlib import Path
from mailguard.customers.importing import import_customers
from mailguard.store.database.engine import make_engine

if __name__ == "__main__":
    import_customers(make_engine(sys.argv[1]), Path(sys.argv[2]), {}, lambda done, total: None)
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="on one core the importing process parses alone")
def test_a_killed_import(engine: Engine, database_url: str, bring_in: Import, tmp_path: Path) -> None:
    """Killed while its processes parse: they end too, and the file comes in at the next try."""
    bring_in("1,Aino,Kivelä,,aino@kivela.example,,,,,,,,,")
    file, program = tmp_path / "many.csv", tmp_path / "program.py"
    rows = [f"{number},Aino,Salo,,a{number}@salo.example,,,,,,,,,yes" for number in range(2, 60_002)]
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    program.write_text(PROGRAM, encoding="utf-8")
    importer = subprocess.Popen([sys.executable, str(program), database_url, str(file)])
    parts = tmp_path / "register.db-import"
    eventually(lambda: len(list(parts.glob("*"))) > 1, every=0.02)
    others = [int(part.stem.partition("-")[2]) for part in parts.iterdir()]
    importer.kill()
    importer.wait()
    eventually(lambda: not any(is_alive(pid) for pid in others))
    assert Register(engine).stats().customers == 1
    result = import_customers(engine, file, {}, lambda done, total: None)
    assert result.imported == 60_000
    assert not parts.exists()


def is_alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
