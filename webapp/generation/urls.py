from django.urls import path

from webapp.generation.views import (
    batches,
    calls,
    constraints,
    launch,
    providers,
    screenings,
    story,
)

app_name = "generation"
urlpatterns = [
    path("", batches.list_batches, name="list"),
    path("launch/", launch.launch, name="launch"),
    path("preview/", launch.preview, name="preview"),
    path("summary/", batches.summary, name="summary"),
    path("providers/", providers.show_providers, name="providers"),
    path("providers/check/", providers.check, name="check"),
    path("screening/<int:revision_id>/", screenings.screening_part, name="screening_part"),
    path("<int:batch_id>/", batches.show, name="show"),
    path("<int:batch_id>/progress/", batches.progress_part, name="progress_part"),
    path("<int:batch_id>/results/", batches.results_part, name="results_part"),
    path("<int:batch_id>/leaks/", batches.leaks_part, name="leaks_part"),
    path("<int:batch_id>/cancel/", batches.cancel, name="cancel"),
    path("<int:batch_id>/resume/", batches.resume, name="resume"),
    path("<int:batch_id>/retry-slots/", batches.retry_slots, name="retry_slots"),
    path("<int:batch_id>/set-budget/", batches.set_budget, name="set_budget"),
    path("<int:batch_id>/calls/", calls.list_calls, name="calls"),
    path("calls/<int:call_id>/", calls.show_call, name="call"),
    path("constraints/", constraints.list_constraints, name="constraints"),
    path("constraints/write/", constraints.write_constraint, name="write_constraint"),
    path("constraints/<int:constraint_id>/", constraints.show_constraint, name="constraint"),
    path(
        "constraints/<int:constraint_id>/retire/",
        constraints.retire_constraint,
        name="retire_constraint",
    ),
    path(
        "constraints/<int:constraint_id>/restore/",
        constraints.restore_constraint,
        name="restore_constraint",
    ),
    path("story/<int:item_id>/", story.story_part, name="story_part"),
]
