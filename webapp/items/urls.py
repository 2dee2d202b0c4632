from django.urls import path

from webapp.items.views import duplicates, importing, item, listing, saved

app_name = "items"
urlpatterns = [
    path("", listing.list_items, name="list"),
    path("summary/", listing.summary, name="summary"),
    path("chosen/<slug:verb>/", listing.act, name="act"),
    path("duplicates/", duplicates.list_duplicates, name="duplicates"),
    path("views/", saved.list_views, name="views"),
    path("views/save/", saved.save_view, name="save_view"),
    path("views/<int:view_id>/revise/", saved.revise_view, name="revise_view"),
    path("views/<int:view_id>/delete/", saved.delete_view, name="delete_view"),
    path("import/", importing.import_questions, name="import"),
    path("<int:item_id>/", item.show, name="show"),
    path("<int:item_id>/revise/", item.revise, name="revise"),
    path("<int:item_id>/check/", item.check, name="check"),
    path("<int:item_id>/retire/", item.retire, name="retire"),
]
