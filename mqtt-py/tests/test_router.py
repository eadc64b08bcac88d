"""`Router` against regular expressions."""

import gc
import re
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import Route, Router, TopicError, TopicFilter


def test_captures() -> None:
    router: Router[str] = Router()
    first = router.add("sensors/{room}/temperature", "x")
    router.add("sensors/{*path}", "y")
    assert first.pattern == "sensors/{room}/temperature"
    assert first.filter == "sensors/+/temperature"
    assert first.handler == "x"
    assert first.names == ("room",)
    assert router.route("sensors/attic/temperature") == [
        ("y", {"path": "attic/temperature"}),
        ("x", {"room": "attic"}),
    ]
    assert router.most_specific("sensors/attic/temperature") == ("x", {"room": "attic"})
    # `#` stands for no level too.
    assert router.route("sensors") == [("y", {})]
    assert router.route("other") == []
    assert router.most_specific("other") is None
    assert router.filters() == ["sensors/+/temperature", "sensors/#"]
    assert repr(router) == "<Router with 2 routes>"
    assert repr(first) == "<Route 'sensors/{room}/temperature'>"
    assert weakref.ref(router)() is router
    assert weakref.ref(first)() is first


def test_fallback() -> None:
    router: Router[str] = Router(fallback="z")
    assert router.fallback == "z"
    assert router.route("a") == [("z", {})]
    assert router.most_specific("a") == ("z", {})
    router.add("a", "x")
    assert router.route("a") == [("x", {})]
    router.fallback = None
    assert router.route("b") == []


def test_removal() -> None:
    router: Router[int] = Router()
    routes = [router.add("jobs/{job}", number) for number in range(3)]
    assert router.with_filter("jobs/+") == routes
    assert router.remove(routes[1])
    assert not router.remove(routes[1])
    assert router.with_filter(TopicFilter("jobs/+")) == [routes[0], routes[2]]
    assert list(router) == [routes[0], routes[2]]
    assert len(router) == 2
    # Of another router, in the same place.
    other: Router[int] = Router()
    stranger = other.add("jobs/{job}", 0)
    assert not router.remove(stranger)
    assert other.remove(stranger)
    router.clear()
    assert (len(router), router.route("jobs/1")) == (0, [])
    assert not router.remove(routes[0])


@pytest.mark.parametrize(
    ("pattern", "kind", "offset"),
    [
        ("site-{number}/state", "route_brace", 5),
        ("{}", "route_name_empty", 0),
        ("{a}/{a}", "route_name_twice", 5),
        ("{*a}/b", "route_rest_not_last", 0),
        ("{site}/#/state", "filter_multi_level", 7),
        ("", "filter_empty", 0),
        ("\ud800", "utf8", 0),
    ],
)
def test_errors(pattern: str, kind: str, offset: int) -> None:
    router: Router[None] = Router()
    with pytest.raises(TopicError) as caught:
        router.add(pattern, None)
    assert (caught.value.kind, caught.value.offset) == (kind, offset)
    assert len(router) == 0


NAMES = ["a", "b", "name", "été"]
LITERALS = st.sampled_from(["", "a", "b", "$x", "{{", "ä"])


@st.composite
def patterns(draw: st.DrawFn) -> tuple[str, re.Pattern[str]]:
    """A pattern, and the regular expression that says the same."""
    names = iter(draw(st.permutations(NAMES)))
    levels: list[str] = []
    parts: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["literal", "literal", "+", "capture"]))
        if kind == "literal":
            level = draw(LITERALS)
            part = re.escape(level.replace("{{", "{"))
        elif kind == "+":
            level, part = "+", "[^/]*"
        else:
            name = next(names)
            level, part = f"{{{name}}}", f"(?P<{name}>[^/]*)"
        if number == 0 and kind != "literal":
            part = rf"(?!\$){part}"
        levels.append(level)
        parts.append(part)
    expression = "/".join(parts)
    rest = draw(st.sampled_from(["", "", "#", "capture"]))
    if rest == "#":
        levels.append("#")
        expression += "(?:/.*)?"
    elif rest == "capture":
        name = next(names, "rest")
        levels.append(f"{{*{name}}}")
        expression += f"(?:/(?P<{name}>.*))?"
    return "/".join(levels), re.compile(expression)


TOPICS = st.lists(st.sampled_from(["", "a", "b", "$x", "{", "ä"]), min_size=1, max_size=6)


@given(
    st.lists(patterns().filter(lambda pattern: pattern[0] != ""), max_size=8),
    TOPICS.map("/".join).filter(bool),
    st.sets(st.integers(0, 7)),
)
def test_against_regular_expressions(
    made: list[tuple[str, re.Pattern[str]]], topic: str, removed: set[int]
) -> None:
    router: Router[int] = Router()
    routes = [router.add(pattern, number) for number, (pattern, _) in enumerate(made)]
    for number in removed & set(range(len(made))):
        assert router.remove(routes[number])
    expected = []
    for number, (_, expression) in enumerate(made):
        found = expression.fullmatch(topic)
        if found and number not in removed:
            captures = {
                name: value for name, value in found.groupdict().items() if value is not None
            }
            expected.append((number, captures))
    assert sorted(router.route(topic), key=lambda pair: pair[0]) == expected
    best = router.most_specific(topic)
    assert (best in expected) if expected else best is None


def test_garbage() -> None:
    class Handler:
        pass

    router: Router[Handler] = Router()
    handler = Handler()
    handler.router, handler.route = router, router.add("a", handler)  # type: ignore[attr-defined]
    router.fallback = handler
    gone: list[weakref.ref[Any]] = [weakref.ref(router), weakref.ref(handler)]
    del router, handler
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_routes_are_made_by_routers() -> None:
    with pytest.raises(TypeError):
        Route()
