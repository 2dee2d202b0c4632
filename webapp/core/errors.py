"""What can go wrong, each class a sentence and an HTTP status.

The message says what is wrong and what to do; the middleware turns it into a page, a toast or JSON.
"""

from http import HTTPStatus


class CrossScopeError(Exception):
    """An error a person can act on. `message` is shown as it is."""

    status = HTTPStatus.BAD_REQUEST
    title = "That did not work"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(CrossScopeError):
    """What was sent cannot be used: the message names the file, row or field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Please check the input"


class NotAllowed(CrossScopeError):
    """The person may not do this."""

    status = HTTPStatus.FORBIDDEN
    title = "Not allowed"


class NotFound(CrossScopeError):
    """There is no such record, or the person may not know of it."""

    status = HTTPStatus.NOT_FOUND
    title = "Not found"


class WrongMethod(CrossScopeError):
    """The address is there, and does not take what was sent to it in this way."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    title = "Not in this way"


class Conflict(CrossScopeError):
    """The record is not as the sender believes."""

    status = HTTPStatus.CONFLICT
    title = "This has changed"


class StaleState(Conflict):
    """Somebody else moved the record first."""


class NotAMove(Conflict):
    """The record cannot go from its state to the one asked for."""
