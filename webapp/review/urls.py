from django.urls import path

from webapp.review import views

app_name = "review"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("summary/", views.summary, name="summary"),
    path("history/", views.history, name="history"),
    path("start/", views.start, name="start"),
    path("next/", views.fetch_next, name="next"),
    path("items/<int:item_id>/verdicts/", views.verdicts_part, name="verdicts_part"),
    path("<int:assignment_id>/", views.show, name="show"),
    path("<int:assignment_id>/open/", views.open_on_screen, name="open"),
    path("<int:assignment_id>/answer/", views.answer, name="answer"),
    path("<int:assignment_id>/verdict/", views.verdict, name="verdict"),
    path("<int:assignment_id>/undo/", views.undo, name="undo"),
    path("<int:assignment_id>/release/", views.release, name="release"),
]
