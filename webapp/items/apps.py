from django.apps import AppConfig


class ItemsConfig(AppConfig):
    name = "webapp.items"
    label = "items"
