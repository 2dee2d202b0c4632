"""The short form of `benchmarks/kills.py`: the real product, really killed."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "CROSSCOPE_EAGER", "CROSSCOPE_HOME", "PYTEST_XDIST_WORKER")
KILLS = 10


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(420)
def test_kills_of_every_process_neither_lose_nor_double_an_item() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    arguments = ["--kills", str(KILLS), "--items", "120", "--slides", "8"]
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.kills", *arguments, "--port", str(_free_port())],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    counted = dict(re.findall(r"^(\S.*?)  +(\d+)", result.stdout, re.MULTILINE))
    assert int(counted["SIGKILLs"]) == KILLS
    assert int(counted["items made"]) == int(counted["items planned"]) >= 100
    assert int(counted["lost or doubled"]) == 0
