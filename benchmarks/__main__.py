"""`make bench`: every claim about speed and robustness, measured on this machine."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

PORT = 8197
PASSWORD = "crosscope-demo"


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own with its questions waiting; its URL."""
    with tempfile.TemporaryDirectory(prefix="crosscope-bench-") as home:
        environment = {**os.environ, "CROSSCOPE_HOME": home, "PORT": str(PORT)}
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _url_of(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _url_of(process: "subprocess.Popen[str]") -> str:
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if "is ready at" in line:
            return line.split()[-1]
    raise SystemExit("The demo did not start; the reason is above.")


def bench(name: str, *arguments: str) -> int:
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    with demo() as url:
        page = bench("review_page", url, "--username", "pathologist", "--password", PASSWORD)
    rest = [bench(name) for name in ("kills", "llm_throughput", "llm_kills")]
    return max(page, *rest)


if __name__ == "__main__":
    sys.exit(main())
