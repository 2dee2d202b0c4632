"""Why a slot's work ends before its question is made; neither is a fault."""

import threading
from decimal import Decimal

LEAVING = threading.Event()
"""This process was asked to stop: its batches begin nothing new, what is in flight is still stored,
and whichever worker the sweep reminds of them goes on."""


class Stopped(Exception):
    """The batch stops: no further call is made, those in flight are still stored."""


class BudgetSpent(Exception):
    """The next call may cost more than is left, by `missing_usd`."""

    def __init__(self, missing_usd: Decimal) -> None:
        super().__init__(missing_usd)
        self.missing_usd = missing_usd
