from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "webapp.generation"
    label = "generation"

    def ready(self) -> None:
        from webapp.generation.item_filters import ITEM_FILTERS
        from webapp.items.filters import add_filter

        for one in ITEM_FILTERS:
            add_filter(one)
