from django.urls import path

from webapp.generation import views

app_name = "generation"
urlpatterns = [
    path("", views.list_batches, name="list"),
    path("launch/", views.launch, name="launch"),
    path("summary/", views.summary, name="summary"),
    path("screening/<int:revision_id>/", views.screening_part, name="screening_part"),
    path("<int:batch_id>/", views.show, name="show"),
    path("<int:batch_id>/progress/", views.progress_part, name="progress_part"),
    path("<int:batch_id>/cancel/", views.cancel, name="cancel"),
    path("<int:batch_id>/resume/", views.resume, name="resume"),
]
