"""What is installed elsewhere is complete: code, rules, pages, letters and migrations."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


def test_wheel_carries_everything_that_the_code_reads(tmp_path: Path) -> None:
    """Every file of rules/ and every file inside the package is in the wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"mailguard/{file.relative_to(ROOT)}" for file in (ROOT / "rules").rglob("*") if file.is_file()}
    wanted |= {
        str(file.relative_to(ROOT))
        for file in (ROOT / "mailguard").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted - inside == set()
    assert any(name.endswith("policy.yaml") for name in wanted)


def test_installed_package_finds_its_rules(tmp_path: Path) -> None:
    """From an unpacked wheel, with no checkout beside it, the rules load and hold their examples."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = "import mailguard.core.rule_folders as r; print(r.__file__); print(r.shipped_rules())"
    # -S would hide the dependencies; the path goes first instead, before the editable checkout.
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {script}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        cwd=tmp_path,
    )
    module, rules = done.stdout.split()
    assert module.startswith(str(tmp_path))
    assert Path(rules) == tmp_path / "site" / "mailguard" / "rules"
