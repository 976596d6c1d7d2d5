"""Links to the neighbouring pages, whatever stands in the address."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from loom_app.kernel.rest import Paging


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/v1/beads", "/api/v1/beads"),
        ("/projects/käse/日本", "/projects/k%C3%A4se/%E6%97%A5%E6%9C%AC"),
        ("/projects/50% off", "/projects/50%25%20off"),
    ],
)
def test_neighbours_are_told_in_letters_a_header_can_hold(path: str, told: str) -> None:
    scope = {"type": "http", "scheme": "http", "path": path, "query_string": b"q=%E6%97%A5", "headers": []}
    scope["server"] = ("loom", 80)
    answer = Response()
    Paging(limit=10, offset=10).announce(Request(scope), answer, 30)
    links = answer.headers["link"]
    assert links.count(f"<http://loom{told}?q=%E6%97%A5&") == 2
    assert 'rel="next"' in links
    assert 'rel="prev"' in links
