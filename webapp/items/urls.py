from django.urls import path

from webapp.items import views

app_name = "items"
urlpatterns = [
    path("", views.list_items, name="list"),
    path("summary/", views.summary, name="summary"),
    path("import/", views.import_questions, name="import"),
    path("<int:item_id>/", views.show, name="show"),
    path("<int:item_id>/revise/", views.revise, name="revise"),
    path("<int:item_id>/retire/", views.retire, name="retire"),
]
