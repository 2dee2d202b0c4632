from django.urls import path

from webapp.slides import tiles
from webapp.slides.views import imports, slides, uploads

app_name = "slides"
urlpatterns = [
    path("", slides.list_slides, name="list"),
    path("summary/", slides.summary, name="summary"),
    path("<int:slide_id>/", slides.show, name="show"),
    path("<int:slide_id>/dz/<str:checksum>.dzi", tiles.dzi, name="dzi"),
    # Where Deep Zoom clients look when they are given nothing but the .dzi.
    path(
        "<int:slide_id>/dz/<str:checksum>_files/<int:level>/<int:column>_<int:row>.jpg", tiles.tile
    ),
    path(
        "<int:slide_id>/dz/<str:checksum>/<int:level>/<int:column>_<int:row>.jpg",
        tiles.tile,
        name="tile",
    ),
    path("<int:slide_id>/overview/<str:checksum>.jpg", tiles.overview_image, name="overview"),
    path("<int:slide_id>/thumbnail/<str:checksum>.jpg", tiles.thumbnail, name="thumbnail"),
    path("rois/<int:roi_id>/<str:checksum>.jpg", tiles.roi_image, name="roi_image"),
    path("rois/<int:roi_id>/<str:checksum>/preview.jpg", tiles.roi_preview, name="roi_preview"),
    path("import/", imports.start, name="import"),
    path("imports/", imports.list_imports, name="imports"),
    path("imports/<int:run_id>/", imports.show, name="import_run"),
    path("imports/<int:run_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:run_id>/cancel/", imports.cancel, name="cancel_import"),
    path("imports/<int:run_id>/retry/", imports.retry, name="retry_import"),
    path("uploads/", uploads.start, name="start_upload"),
    path("uploads/<uuid:upload>/<str:name>/", uploads.piece, name="upload_piece"),
]
