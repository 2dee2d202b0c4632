"""Importing the routes is what registers them."""

from django.urls import path

from webapp.api import routes
from webapp.api.door import api

__all__ = ["routes"]

urlpatterns = [path("", api.urls)]
