"""Small functions, small files."""

import ast
from statistics import median

from tests.house.tree import name_of, python_files

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
MEDIAN_FUNCTION = 10


def function_lengths() -> dict[str, int]:
    """Lines of every function, by "file:name"."""
    found = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                name = f"{name_of(path)}:{node.lineno} {node.name}"
                found[name] = node.end_lineno - node.lineno + 1
    return found


def test_no_function_is_long() -> None:
    too_long = {name: n for name, n in function_lengths().items() if n > LONGEST_FUNCTION}
    assert not too_long


def test_half_of_all_functions_are_short() -> None:
    assert median(function_lengths().values()) <= MEDIAN_FUNCTION


def test_no_file_is_long() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in python_files()}
    assert not {name: n for name, n in lengths.items() if n > LONGEST_FILE}
