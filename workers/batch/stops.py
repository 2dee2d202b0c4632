"""Why a slot's work ends before its question is made; neither is a fault."""


class Stopped(Exception):
    """The batch stops: no further call is made, those in flight are still stored."""


class BudgetSpent(Exception):
    """The next call may cost more than is left."""
