from home.circulars import viewsets  # noqa: F401  registers the lists of the administration
