import contextvars
import logging
import uuid

from django.middleware.locale import LocaleMiddleware

request_id = contextvars.ContextVar("request_id", default="")


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.request_id = request_id.get()
        return True


class RequestIdMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request_id.set(uuid.uuid4().hex[:12])
        response = self.get_response(request)
        response["X-Request-ID"] = request_id.get()
        return response


class DatabaseDownMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


class ReaderLocaleMiddleware(LocaleMiddleware):
    pass
