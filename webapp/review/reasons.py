"""Why a question is sent back or refused: one table of codes and what they say."""

from collections.abc import Sequence

from webapp.core.labelled import Labelled

MAX_COMMENT_CHARS = 2_000


class Reason(Labelled):
    """A reason code with the words that a reviewer chooses it by."""

    WRONG_KEY = "wrong_key", "The key is wrong"
    MORE_THAN_ONE_CORRECT = "more_than_one_correct", "More than one option is correct"
    NOT_VISIBLE = "not_visible", "Not visible in these fields"
    ANSWERABLE_BY_TEXT = "answerable_by_text", "Answerable by the text alone"
    NOT_CROSS_SCALE = "not_cross_scale", "Needs one scale only"
    WRONG_SCALE = "wrong_scale", "Names the wrong scale"
    BAD_IMAGE = "bad_image", "Image unusable"
    UNSAFE_WORDING = "unsafe_wording", "Unsafe or misleading wording"
    DUPLICATE = "duplicate", "Duplicate of another question"
    OTHER = "other", "Other (say in the comment)"


REASON_LABELS = {reason.value: reason.label for reason in Reason}


class ReasonError(ValueError):
    """Reasons that do not go with a decision; the message says what to do."""


def checked_reasons(codes: Sequence[str], *, needed: bool, comment: str) -> tuple[str, ...]:
    """The distinct codes in the order of the table.

    Raises:
        ReasonError: an unknown code, none where one is needed, some where none belongs, or
            "other" without a comment.
    """
    known = {reason.value for reason in Reason}
    unknown = sorted(set(codes) - known)
    if unknown:
        raise ReasonError(f"There is no reason {unknown[0][:40]!r}; choose one of the list.")
    if needed and not codes:
        raise ReasonError("Choose at least one reason for sending the question back.")
    if codes and not needed:
        raise ReasonError("An approval takes no reasons; choose revise or reject to give one.")
    if Reason.OTHER in codes and not comment.strip():
        raise ReasonError("The reason “other” needs a comment; write what is wrong.")
    return tuple(reason.value for reason in Reason if reason.value in codes)
