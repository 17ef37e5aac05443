"""The QR's page lies under no language, the others do; both belong to the one name space `evidence`."""

from django.urls import URLResolver, path
from django.urls.resolvers import LocalePrefixPattern, RoutePattern

from core.evidence import views

_translated = [
    path("verify/", views.check, name="check"),
    path("verify/verify_receipt.py", views.program, name="program"),
    path("receipts/<str:token>/", views.receipt_pdf, name="receipt_pdf"),
    path("receipts/<str:number>/label/", views.label, name="label"),
]

# What `include` would refuse (languages below the root) is meant here: it is still resolved at the root.
routes = URLResolver(
    RoutePattern(""),
    [path("v/<str:token>", views.verify, name="verify"), URLResolver(LocalePrefixPattern(), _translated)],
    app_name="evidence",
    namespace="evidence",
)
