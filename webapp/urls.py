from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("webapp.core.urls")),
    path("", include("webapp.accounts.urls")),
    path("slides/", include("webapp.slides.urls")),
    path("items/", include("webapp.items.urls")),
    path("batches/", include("webapp.generation.urls")),
    path("review/", include("webapp.review.urls")),
    path("releases/", include("webapp.releases.urls")),
    path("api/", include("webapp.api.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "webapp.core.views.bad_request"
handler403 = "webapp.core.views.forbidden"
handler404 = "webapp.core.views.not_found"
handler500 = "webapp.core.views.server_error"
