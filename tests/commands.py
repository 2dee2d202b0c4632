"""Running commands as at the prompt: words in, text out."""

import json
from io import StringIO
from typing import Any

from django.core.management import call_command


def run(name: str, *words: object) -> str:
    """What the command prints on stdout."""
    out = StringIO()
    call_command(name, *map(str, words), stdout=out)
    return out.getvalue()


def run_json(name: str, *words: object) -> Any:
    return json.loads(run(name, *words, "--json"))
