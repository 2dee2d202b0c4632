"""What the emulator's model "thinks": the answer to a prompt, by rule and always the same."""

from tests.emulator import plain


def reply(system: str, user: str, schema_json: str) -> str:
    """The text of the answer; `schema_json` is empty where no object is asked for."""
    return plain.reply(system, user, schema_json)
