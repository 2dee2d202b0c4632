"""The chosen theme is on the page before any script runs."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_in_the_page(client: Client, theme: str) -> None:
    client.cookies["theme"] = theme
    page = client.get("/login/").content.decode()
    assert f'<html lang="en" data-theme="{theme}">' in page
    assert f'data-theme-choice="{theme}" aria-pressed="true"' in page


@pytest.mark.parametrize("theme", ["auto", "", 'x"><script>'])
def test_anything_else_follows_the_system(client: Client, theme: str) -> None:
    client.cookies["theme"] = theme
    page = client.get("/login/").content.decode()
    assert '<html lang="en">' in page
    assert 'data-theme-choice="auto" aria-pressed="true"' in page
