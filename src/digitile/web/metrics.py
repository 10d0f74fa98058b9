"""What the server has done and does, for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Scope

METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
OTHER = "other"
"""Methods and paths that are none of ours, of which there could be any number."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds: from an answer without a picture to the time limit and beyond."""

FORMAT = CONTENT_TYPE_LATEST


class Metrics:
    """Counts of one server."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "digitile_requests",
            "Requests answered",
            ("method", "path", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "digitile_request_seconds",
            "Seconds until a request was answered",
            ("path",),
            buckets=BUCKETS,
            registry=registry,
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request that was answered; `scope` has the route that it took, if any."""
        path = getattr(scope.get("route"), "path", OTHER)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._requests.labels(method, path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """Have a value looked up whenever the metrics are asked for."""
        Gauge(f"digitile_{name}", about, registry=self._registry).set_function(value)

    def text(self) -> bytes:
        """Return all in Prometheus's format."""
        return generate_latest(self._registry)
