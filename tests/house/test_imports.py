"""Who may import whom: the contracts of pyproject.toml hold."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.tree import ROOT


def test_every_import_contract_is_kept(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(program), "--no-logo", "--cache-dir", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_pure_island_is_under_the_contract() -> None:
    """A module that calls itself a pure island in its first lines is kept pure by the build."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {c["id"]: c for c in settings["tool"]["importlinter"]["contracts"]}
    kept = contracts["islands"]["source_modules"]
    for path in (ROOT / "webapp").rglob("*.py"):
        if "pure island" in path.read_text()[:600].lower():
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            module = module.removesuffix(".__init__")
            assert any(module == name or module.startswith(name + ".") for name in kept), module
