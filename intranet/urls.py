from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from core.evidence import urls as evidence
from home.circulars import urls as circulars
from home.views import serve
from intranet import views

handler400 = "intranet.views.bad_request"
handler403 = "intranet.views.permission_denied"
handler404 = "intranet.views.page_not_found"
handler500 = "intranet.views.server_error"

urlpatterns = i18n_patterns(path("deposit/", include("eservices.deposit.urls")))  # asked for most, so found first

urlpatterns += [
    path("", views.root, name="root"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    # Wagtail's own sign-in knows neither second factors nor rate limits: there is one door
    path("cms/login/", RedirectView.as_view(url="/cms/")),
    path("cms/password_reset/", RedirectView.as_view(url="/cms/")),
    path("cms/password_reset/<path:rest>", RedirectView.as_view(url="/cms/")),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
]

urlpatterns += [evidence.routes, circulars.routes]

urlpatterns += i18n_patterns(
    path("registers/", include("core.evidence.urls_book")),
    path("files/", include("core.files.urls", namespace="files")),
    path("", include("core.users.urls")),
    path("", include("core.organisations.urls")),
    path("account/", include("allauth.urls")),
    path("", include("core.notifications.urls")),
    path("", include("eservices.correspondence.urls")),
    path("", include("search.urls")),
    path("", include("home.urls")),
    re_path(wagtail_urls.serve_pattern, serve, name="wagtail_serve"),
)
