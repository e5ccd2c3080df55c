"""The organizers' screens."""

from django.urls import path

from openbeian.portal import claims, transfers, views

app_name = "portal"
urlpatterns = [
    path("", views.start, name="start"),
    path("portal/", views.home, name="home"),
    path("portal/messages/", views.messages_page, name="messages"),
    path("portal/apps/<slug:appid>/", views.mini_program, name="mini_program"),
    path("portal/apps/<slug:appid>/orders/", views.open_order, name="open_order"),
    path("portal/apps/<slug:appid>/transfer/", transfers.transfer, name="transfer"),
    path("portal/transfers/<int:offer_id>/", transfers.answer_offer, name="answer_offer"),
    path("portal/claims/", claims.claims, name="claims"),
    path("portal/claims/<int:claim_id>/withdraw/", claims.withdraw_claim, name="withdraw_claim"),
    path("portal/orders/<int:order_id>/", views.order, name="order"),
    path("portal/orders/<int:order_id>/form/", views.form, name="form"),
    path("portal/orders/<int:order_id>/form/part/", views.form_part, name="form_part"),
    path("portal/orders/<int:order_id>/face-check/", views.face_check_state, name="face_check_state"),
    path("portal/orders/<int:order_id>/do/<slug:action>/", views.act, name="act"),
    path("portal/materials/<slug:media_id>/", views.material, name="material"),
    path("face-check/<slug:task_id>", views.face_check, name="face_check"),
]
