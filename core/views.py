"""What the views of every app answer with and Django has no class for."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: what the address after a form, or of the best language, leads to; the browser asks for it with GET."""

    status_code = 303
