from django.urls import path

from webapp.core import views

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("audit/", views.audit, name="audit"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
