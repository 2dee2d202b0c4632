"""The two parameters of every list."""

from typing import Annotated

from ninja import Query

from webapp.api.door import MAX_PER_PAGE, PER_PAGE

PageNumber = Annotated[int, Query(1, ge=1)]
PerPage = Annotated[int, Query(PER_PAGE, ge=1, le=MAX_PER_PAGE)]
