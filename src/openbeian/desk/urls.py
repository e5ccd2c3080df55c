"""The reviewers' and operators' screens."""

from django.urls import path

from openbeian.desk import claims, link, views

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
    path("claims/", claims.claims, name="claims"),
    path("claims/<int:claim_id>/", claims.claim_page, name="claim_page"),
    path("claims/<int:claim_id>/decide/", claims.decide_claim, name="decide_claim"),
    path("overdue/", link.overdue, name="overdue"),
    path("link/", link.link, name="link"),
    path("link/lanes/<slug:province>/", link.lane_act, name="lane_act"),
    path("link/inbox/", link.inbox, name="inbox"),
    path("link/inbox/act/", link.inbox_act, name="inbox_act"),
    path("link/inbox/<int:file_id>/", link.inbox_file, name="inbox_file"),
    path("link/tasks/", link.assignments, name="assignments"),
    path("link/tasks/<int:assignment_id>/", link.assignment, name="assignment"),
    path("link/tasks/<int:assignment_id>/act/", link.assignment_act, name="assignment_act"),
    path("link/reconciliations/", link.reconciliations, name="reconciliations"),
    path("link/reconciliations/<slug:province>/", link.reconcile, name="reconcile"),
    path("link/codes/", link.codes, name="codes"),
    path("link/codes/<int:difference_id>/", link.code_act, name="code_act"),
]
