"""What must not stand in a public tree: paths of somebody's machine, secrets, leftovers."""

import re

from tests.house.tree import name_of, text_files

# Spelled in pieces, so that this file does not find itself.
FORBIDDEN = {
    "a path of one machine": re.compile(r"/wo" r"rk/|/ho" r"me/[a-z]+/|/Use" r"rs/[a-z]+/"),
    "a private key": re.compile("BEGIN " r"([A-Z]+ )?PRIVATE KEY"),
    "an API key": re.compile(r"\bsk" r"-[A-Za-z0-9]{20,}|\bAI" r"za[A-Za-z0-9_-]{30,}"),
    "a conflict mark": re.compile(r"^(<{7}|>{7}) ", re.MULTILINE),
    "a note to self": re.compile(r"\b(FIX" r"ME|XX" r"X|HA" r"CK)\b"),
}


def test_no_file_holds_a_forbidden_word() -> None:
    found = []
    for path in text_files():
        text = path.read_text(errors="replace")
        for reason, pattern in FORBIDDEN.items():
            match = pattern.search(text)
            if match:
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{name_of(path)}:{line}: {reason}: {match.group()!r}")
    assert not found, "\n".join(found)
