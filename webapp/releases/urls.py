from django.urls import path

from webapp.releases import views

app_name = "releases"
urlpatterns = [
    path("", views.list_releases, name="list"),
    path("summary/", views.summary, name="summary"),
    path("freeze/", views.freeze, name="freeze"),
    path("freeze/preview/", views.preview_part, name="preview_part"),
    path("of-item/<int:item_id>/", views.item_part, name="item_part"),
    path("<int:number>/", views.show, name="show"),
    path("<int:number>/progress/", views.progress_part, name="progress_part"),
    path("<int:number>/retry/", views.retry, name="retry"),
    path("<int:number>/download/", views.download, name="download"),
]
