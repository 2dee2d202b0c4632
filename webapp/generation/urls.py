from django.urls import path

from webapp.generation.views import batches, launch, screenings

app_name = "generation"
urlpatterns = [
    path("", batches.list_batches, name="list"),
    path("launch/", launch.launch, name="launch"),
    path("summary/", batches.summary, name="summary"),
    path("screening/<int:revision_id>/", screenings.screening_part, name="screening_part"),
    path("<int:batch_id>/", batches.show, name="show"),
    path("<int:batch_id>/progress/", batches.progress_part, name="progress_part"),
    path("<int:batch_id>/cancel/", batches.cancel, name="cancel"),
    path("<int:batch_id>/resume/", batches.resume, name="resume"),
]
