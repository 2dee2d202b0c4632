"""The emulator as a process of its own, and its controls, for tests and benchmarks."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = ("openai", "google", "dashscope", "vllm")


class RunningEmulator:
    """`address` is such as http://127.0.0.1:8400."""

    def __init__(self, address: str, process: "subprocess.Popen[str]") -> None:
        self.address = address
        self.process = process

    @property
    def base_urls(self) -> dict[str, str]:
        return {
            "openai": f"{self.address}/openai/v1",
            "google": f"{self.address}/google",
            "dashscope": f"{self.address}/dashscope/api/v1",
            "vllm": f"{self.address}/vllm/v1",
        }

    @property
    def environment(self) -> dict[str, str]:
        """What a worker needs to call it, by the names of its settings."""
        keys = {f"{name.upper()}_API_KEY": "a-key" for name in PROVIDERS}
        return keys | {f"{name.upper()}_BASE_URL": url for name, url in self.base_urls.items()}

    def fault(self, kind: str, **fields: Any) -> None:
        """`fields` are those of tests.emulator.faults.Fault."""
        self._call("POST", "faults", {"kind": kind, **fields})

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def counts(self, *, digests: bool = True) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"counts?digests={int(digests)}")
        return found

    def requests(self) -> list[dict[str, Any]]:
        """The last ones: provider, path and body of each."""
        found: list[dict[str, Any]] = self._call("GET", "requests")
        return found

    def set_latency(self, milliseconds: float) -> None:
        self._call("POST", "settings", {"latency_ms": milliseconds})

    def reset(self) -> None:
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(  # noqa: S310  # our own address
            f"{self.address}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def running_emulator(
    *, latency_ms: float = 0, brain: str = "plain", **traits: float
) -> Iterator[RunningEmulator]:
    """On a free port, until the block ends; `traits` are shares of tests.emulator.brain.Brain."""
    arguments = ["--port", "0", "--latency-ms", str(latency_ms), "--brain", brain]
    for name, share in traits.items():
        arguments += [f"--{name}", str(share)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.emulator", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), "the emulator did not start"
        yield RunningEmulator(address, process)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
