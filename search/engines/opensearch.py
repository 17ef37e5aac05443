"""OpenSearch through the same client: it knows neither the media types nor the header by which that knows its own."""

from elastic_transport import HttpHeaders, Urllib3HttpNode

_COMPATIBLE = "vnd.elasticsearch+"


class OpenSearchNode(Urllib3HttpNode):
    def perform_request(self, method, target, body=None, headers=None, request_timeout=None):
        plain = HttpHeaders(
            {
                name: value.replace(_COMPATIBLE, "").split(";")[0] if _COMPATIBLE in value else value
                for name, value in (headers or {}).items()
            }
        )
        response = super().perform_request(method, target, body, plain, request_timeout)
        response.meta.headers["x-elastic-product"] = "Elasticsearch"
        return response
