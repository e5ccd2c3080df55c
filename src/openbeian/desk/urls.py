"""The reviewers' and operators' screens."""

from django.urls import path

from openbeian.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("next/", views.take_next, name="take_next"),
    path("finding-row/", views.finding_row, name="finding_row"),
    path("shelf/", views.shelf, name="shelf"),
    path("orders/<int:order_id>/", views.order, name="order"),
    path("orders/<int:order_id>/claim/", views.claim, name="claim"),
    path("orders/<int:order_id>/release/", views.release, name="release"),
    path("orders/<int:order_id>/approve/", views.approve, name="approve"),
    path("orders/<int:order_id>/return/", views.return_order, name="return_order"),
    path("orders/<int:order_id>/materials/<slug:media_id>/", views.material, name="material"),
]
