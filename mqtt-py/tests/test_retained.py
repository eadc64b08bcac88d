"""`RetainedIndex` against a `dict` that is searched through."""

import gc
import sys
import tracemalloc
import weakref
from typing import Any, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from mqtt_core import LimitError, RetainedIndex, TopicError, TopicFilter, TopicName, matches

LEVELS = st.sampled_from(["", "a", "b", "$x", "ä"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = st.lists(LEVELS | st.just("+"), min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS |= st.lists(LEVELS | st.just("+"), max_size=3).map(lambda levels: "/".join([*levels, "#"]))
FILTERS |= FILTERS.map("$share/g/{}".format)


class Model(RuleBasedStateMachine):
    """The index beside a `dict`, and lookups that go on while both change."""

    def __init__(self) -> None:
        super().__init__()
        self.index: RetainedIndex[int] = RetainedIndex()
        self.model: dict[str, int] = {}
        self.number = 0

    @rule(name=TOPICS)
    def insert(self, name: str) -> None:
        self.number += 1
        assert self.index.insert(name, self.number) is (name not in self.model)
        self.model[name] = self.number

    @rule(name=TOPICS)
    def remove(self, name: str) -> None:
        assert self.index.remove(TopicName(name)) is (self.model.pop(name, None) is not None)

    @rule(name=TOPICS)
    def get(self, name: str) -> None:
        assert self.index.get(name) == self.model.get(name)
        assert self.index.get(name, "?") == self.model.get(name, "?")
        assert (name in self.index) is (name in self.model)

    @rule(filter=FILTERS, size=st.integers(1, 4))
    def lookup(self, filter: str, size: int) -> None:
        expected = sorted(item for item in self.model.items() if matches(filter, item[0]))
        assert sorted(self.index.lookup(filter)) == expected
        assert sorted(self.index.lookup(TopicFilter(filter))) == expected
        pages = list(self.index.pages(filter, size))
        assert sorted(item for page in pages for item in page) == expected
        assert all(len(page) == size for page in pages[:-1])
        assert all(pages)

    @rule(filter=FILTERS, size=st.integers(1, 3), gone=st.sets(TOPICS), come=st.sets(TOPICS))
    def change_between_pages(self, filter: str, size: int, gone: set[str], come: set[str]) -> None:
        expected = {name for name in self.model if matches(filter, name)}
        pages = self.index.pages(filter, size)
        found = [name for name, _ in next(pages, [])]
        for name in gone:
            self.remove(name)
        for name in come - gone:
            self.insert(name)
        self.index.shrink_to_fit()
        rest = [item for page in pages for item in page]
        assert all(self.model[name] == value for name, value in rest)
        found += [name for name, _ in rest]
        assert len(set(found)) == len(found)
        assert expected - gone <= set(found) <= expected

    @invariant()
    def items(self) -> None:
        assert len(self.index) == len(self.model)
        assert sorted(self.index) == sorted(self.model)
        assert dict(self.index.items()) == self.model


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=100, stateful_step_count=30)


def test_bounds() -> None:
    index: RetainedIndex[int] = RetainedIndex(max_entries=1, max_levels=2)
    assert (index.max_entries, index.max_levels) == (1, 2)
    with pytest.raises(LimitError) as caught:
        index.insert("a/b/c", 1)
    assert caught.value.kind == "index_levels"
    assert index.insert("a", 1)
    with pytest.raises(LimitError) as caught:
        index.insert("b", 1)
    assert caught.value.kind == "index_entries"
    assert not index.insert("a", 2)
    index.clear()
    assert (len(index), index.max_entries) == (0, 1)


def test_handle() -> None:
    index: RetainedIndex[int] = RetainedIndex()
    index.insert("a", 1)
    assert repr(index) == "<RetainedIndex with 1 name>"
    assert weakref.ref(index)() is index
    assert get_args(RetainedIndex[int]) == (int,)
    with pytest.raises(TopicError):
        index.insert("+", 1)
    with pytest.raises(TopicError):
        index.lookup("a+")
    with pytest.raises(TypeError):
        index.lookup(TopicName("a"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="size"):
        index.pages("a", 0)


def test_finalizers_that_use_the_index() -> None:
    index: RetainedIndex[object] = RetainedIndex()
    seen: list[int] = []

    class Value:
        def __del__(self) -> None:
            seen.append(len(index))
            index.insert(f"x/{len(seen)}", None)

    index.insert("a", Value())
    index.insert("a", None)
    index.insert("a", Value())
    index.remove("a")
    index.insert("a", Value())
    index.clear()
    assert seen == [1, 1, 0]
    assert list(index) == ["x/3"]


def test_garbage() -> None:
    class Value:
        index: object

    index: RetainedIndex[Value] = RetainedIndex()
    value = Value()
    value.index = (index, index.pages("#"))
    index.insert("a", value)
    gone: list[weakref.ref[Any]] = [weakref.ref(index), weakref.ref(value)]
    del index, value
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_memory_is_flat() -> None:
    index: RetainedIndex[list[int]] = RetainedIndex()

    def cycle() -> None:
        for number in range(500):
            index.insert(f"site/{number}/state", [number])
        assert len(index.lookup("site/+/state")) == 500
        assert sum(map(len, index.pages("#", 7))) == 500
        for number in range(0, 500, 2):
            index.remove(f"site/{number}/state")
        index.clear()

    cycle()
    size = sys.getsizeof(index)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5):
        cycle()
    gc.collect()
    assert tracemalloc.get_traced_memory()[0] - before < 10_000
    tracemalloc.stop()
    assert sys.getsizeof(index) == size
