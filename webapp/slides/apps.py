from django.apps import AppConfig


class SlidesConfig(AppConfig):
    name = "webapp.slides"
    label = "slides"

    def ready(self) -> None:
        from django.conf import settings

        from webapp.slides.pixels.library import set_cache_bytes

        set_cache_bytes(settings.TILE_CACHE_BYTES)
