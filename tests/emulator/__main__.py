"""Start the emulator: `python -m tests.emulator --port 8400 --latency-ms 300 --brain pathology`.

It speaks, on 127.0.0.1, the formats of the four providers; give CrossScope these addresses:

    OPENAI_BASE_URL=http://127.0.0.1:8400/openai/v1
    GOOGLE_BASE_URL=http://127.0.0.1:8400/google
    DASHSCOPE_BASE_URL=http://127.0.0.1:8400/dashscope/api/v1    (or …/dashscope/compatible-mode/v1)
    VLLM_BASE_URL=http://127.0.0.1:8400/vllm/v1

Any key is taken but `wrong-key`. Answers are worked out by rule from the prompt: `plain` gives the
smallest object of the schema asked for, `pathology` writes and answers questions. The same request
always gets the same answer, after --latency-ms. How well `pathology` behaves is told by shares such
as `--misbehave 0.1 --leaky 0.2` (tests/emulator/brain.py).

Control, as JSON over HTTP:

    POST   /control/faults     {"kind": "rate_limit", "provider": "google", "times": 3,
                                "retry_after": "2", "contains": "part of the prompt"}
    DELETE /control/faults     nothing goes wrong any more
    GET    /control/counts     requests, distinct and repeated ones, most in flight; by_digest
                               (left out with ?digests=0)
    GET    /control/requests   the last requests as they came
    POST   /control/settings   {"latency_ms": 0}
    POST   /control/reset      no faults, counts from zero

Kinds of fault and their fields: tests/emulator/faults.py. With `--port 0` a free port is taken; the
first line printed is the server's address.
"""

import argparse
import asyncio
from contextlib import suppress
from dataclasses import fields

from aiohttp import web

from tests.emulator import plain
from tests.emulator.brain import Brain
from tests.emulator.server import Emulator

TRAITS = [one.name for one in fields(Brain)]


async def serve(emulator: Emulator, port: int) -> None:
    runner = web.AppRunner(emulator.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=int, default=8400)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--brain", choices=("plain", "pathology"), default="plain")
    for trait in TRAITS:
        parser.add_argument(f"--{trait}", type=float, default=0, metavar="SHARE")
    given = parser.parse_args()
    think = plain.reply
    if given.brain == "pathology":
        think = Brain(**{trait: getattr(given, trait) for trait in TRAITS}).reply
    emulator = Emulator(think, given.latency_ms / 1000)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(emulator, given.port))


if __name__ == "__main__":
    main()
