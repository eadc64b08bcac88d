"""`SubscriptionTrie` and `Overlaps`: against models, with keys that misbehave, for leaks."""

import copy
import gc
import pickle
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Callable, Hashable
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from mqtt_core import (
    LimitError,
    MergedDelivery,
    Overlaps,
    QoS,
    RetainedIndex,
    Router,
    ShareGroup,
    ShareStrategy,
    SubscriptionTrie,
    TopicError,
    TopicFilter,
    TopicName,
    Version,
    matches,
)

LEVELS = st.sampled_from(["", "a", "b", "$x", "ä"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = st.lists(LEVELS | st.just("+"), min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS |= st.lists(LEVELS | st.just("+"), max_size=3).map(lambda levels: "/".join([*levels, "#"]))
FILTERS |= st.tuples(st.sampled_from(["g", "h"]), FILTERS).map(lambda s: f"$share/{s[0]}/{s[1]}")
# Many with the same hash, and some that are equal and not the same object.
KEYS = st.sampled_from([0, 1, 0.0, "k", ("k", 1), -1, -2, 2**61 - 1])


def in_order(pairs: list[Any]) -> list[str]:
    return sorted(map(repr, pairs))


class Model(RuleBasedStateMachine):
    """The trie beside a `dict` that is searched through."""

    def __init__(self) -> None:
        super().__init__()
        self.trie: SubscriptionTrie[Hashable, int] = SubscriptionTrie()
        self.model: dict[tuple[str, Hashable], int] = {}
        self.first: dict[Hashable, Hashable] = {}
        self.number = 0

    @rule(filter=FILTERS, key=KEYS)
    def insert(self, filter: str, key: Hashable) -> None:
        self.number += 1
        assert self.trie.insert(filter, key, self.number) is ((filter, key) not in self.model)
        # The first of equal keys is kept as long as there is one.
        if all(other != key for _, other in self.model):
            self.first[key] = key
        self.model.pop((filter, key), None)
        self.model[filter, self.first[key]] = self.number

    @rule(filter=FILTERS, key=KEYS)
    def remove(self, filter: str, key: Hashable) -> None:
        was = self.model.pop((filter, key), None) is not None
        assert self.trie.remove(filter, key) is was

    @rule(key=KEYS)
    def remove_key(self, key: Hashable) -> None:
        gone = [entry for entry in self.model if entry[1] == key]
        assert self.trie.remove_key(key) == len(gone)
        for entry in gone:
            del self.model[entry]

    @rule()
    def shrink(self) -> None:
        self.trie.shrink_to_fit()

    @rule(topic=TOPICS)
    def ask(self, topic: str) -> None:
        found = [
            (filter, key, value)
            for (filter, key), value in self.model.items()
            if matches(filter, topic)
        ]
        own = [entry[1:] for entry in found if not entry[0].startswith("$share/")]
        groups: dict[str, list[Any]] = {}
        for filter, key, value in found:
            if filter.startswith("$share/"):
                groups.setdefault(filter, []).append((key, value))
        assert in_order(self.trie.matches(topic, strategy=None)) == in_order(own)
        assert {
            group.filter: in_order(list(group.members)) for group in self.trie.groups(topic)
        } == {filter: in_order(members) for filter, members in groups.items()}
        assert self.trie.count_matches(topic) == len(own) + len(groups)
        assert self.trie.matches_any(topic) is bool(found)
        everybody = self.trie.matches(topic)
        assert len(everybody) == len(own) + len(groups)
        assert {repr(pair) for pair in everybody} <= {repr(entry[1:]) for entry in found}
        assert len(list(self.trie.iter_matches(topic))) == len(everybody)

    @rule(filter=FILTERS, key=KEYS)
    def get(self, filter: str, key: Hashable) -> None:
        assert self.trie.get(filter, key, "?") == self.model.get((filter, key), "?")
        assert self.trie.filters(key) == sorted(
            other for other, subscriber in self.model if subscriber == key
        )

    @invariant()
    def entries(self) -> None:
        assert len(self.trie) == len(self.model)
        expected = [(filter, key, value) for (filter, key), value in self.model.items()]
        assert in_order(list(self.trie)) == in_order(expected)
        assert in_order(self.trie.entries()) == in_order(expected)


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=100, stateful_step_count=40)


def test_values_and_replacement() -> None:
    trie: SubscriptionTrie[str, int | None] = SubscriptionTrie()
    assert trie.insert("a/+", "anna")
    assert not trie.insert(TopicFilter("a/+"), "anna", 7)
    assert trie.matches(TopicName("a/b")) == [("anna", 7)]
    assert trie.get("a/+", "anna") == 7
    assert trie.get("a/+", "ben") is None
    assert trie.entries(below="a") == [("a/+", "anna", 7)]
    assert trie.entries(below="b") == []
    assert repr(trie) == "<SubscriptionTrie with 1 subscription>"
    trie.clear()
    assert (len(trie), list(trie), trie.matches("a/b")) == (0, [], [])


def test_filters_that_only_look_shared() -> None:
    trie: SubscriptionTrie[str, int] = SubscriptionTrie()
    plain = TopicFilter("$share/g/a", version=Version.V311)
    assert trie.insert(plain, "k", 1)
    assert trie.insert("$share/g/a", "k", 2)
    assert trie.matches("a") == [("k", 2)]
    assert trie.matches("$share/g/a") == [("k", 1)]
    assert trie.filters("k") == ["$share/g/a", "$share/g/a"]
    assert trie.get(plain, "k") == 1
    assert trie.remove(plain, "k")
    assert trie.remove_key("k") == 1
    assert len(trie) == 0


def test_bounds() -> None:
    trie: SubscriptionTrie[int, None] = SubscriptionTrie(max_entries=2, max_levels=3)
    assert (trie.max_entries, trie.max_levels) == (2, 3)
    with pytest.raises(LimitError) as caught:
        trie.insert("a/b/c/d", 1)
    assert caught.value.kind == "index_levels"
    assert trie.insert("a", 1)
    assert trie.insert("b", 1)
    with pytest.raises(LimitError) as caught:
        trie.insert("c", 2)
    assert caught.value.kind == "index_entries"
    assert trie.filters(2) == []
    assert not trie.insert("b", 1, None)
    trie.clear()
    assert (trie.max_entries, trie.max_levels) == (2, 3)
    free: SubscriptionTrie[int, None] = SubscriptionTrie()
    assert (free.max_entries, free.max_levels) == (None, None)


def test_iteration_while_the_trie_changes() -> None:
    trie: SubscriptionTrie[int, None] = SubscriptionTrie()
    for key in range(10):
        trie.insert("a", key)
    found = trie.iter_matches("a")
    first = [next(found)[0] for _ in range(4)]
    trie.remove("a", 2)
    trie.remove("a", 7)
    assert first + [key for key, _ in found] == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    trie.insert("#", 10)
    assert list(found) == []


def team() -> SubscriptionTrie[str, int]:
    trie: SubscriptionTrie[str, int] = SubscriptionTrie()
    for number, name in enumerate("xyz"):
        trie.insert("$share/team/a/+", name, number)
    return trie


def test_share_strategies() -> None:
    trie = team()

    def picks(strategy: ShareStrategy, number: int = 0) -> str:
        return "".join(
            trie.matches("a/b", strategy=strategy, number=number)[0][0] for _ in range(4)
        )

    assert picks(ShareStrategy.ROUND_ROBIN) == "xyzx"
    assert picks(ShareStrategy.STICKY) == "xxxx"
    assert picks(ShareStrategy.NUMBER, 1) == "yyyy"
    assert picks(ShareStrategy.NUMBER, -1) == picks(ShareStrategy.NUMBER, 2**64 - 1)
    assert len({picks(ShareStrategy.HASH, number)[0] for number in range(50)}) == 3
    assert [pair[0] for pair in trie.iter_matches("a/b", strategy=ShareStrategy.STICKY)] == ["x"]
    assert trie.matches("a/b", strategy=None) == []
    with pytest.raises(TypeError):
        trie.matches("a/b", strategy="sticky")  # type: ignore[arg-type]
    assert trie.matches("a/b", strategy=ShareStrategy(3), number=2) == [("z", 2)]
    with pytest.raises(ValueError, match="ShareStrategy"):
        trie.matches("a/b", strategy=4)  # type: ignore[arg-type]
    for number in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="number"):
            trie.matches("a/b", number=number)


def test_groups() -> None:
    trie = team()
    (group,) = trie.groups("a/b")
    assert (group.filter, group.share_name) == ("$share/team/a/+", "team")
    assert group.members == (("x", 0), ("y", 1), ("z", 2))
    assert len(group) == 3
    assert repr(group) == "<ShareGroup '$share/team/a/+' of 3 members>"
    assert weakref.ref(group)() is group
    asked: list[tuple[str, int]] = []

    def available(key: str, value: int) -> bool:
        asked.append((key, value))
        return key == "z"

    assert group.pick(available=available) == ("z", 2)
    assert asked == [("x", 0), ("y", 1), ("z", 2)]
    assert group.pick() == ("x", 0)
    assert group.pick(available=lambda key, value: False) is None
    # Nobody's turn was used.
    assert group.pick() == ("y", 1)
    for strategy in ShareStrategy:
        assert group.pick(strategy=strategy, available=available) == ("z", 2)
    # Whoever is asked may change the trie; who has left is not picked.
    assert group.pick(available=lambda key, value: bool(trie.remove_key(key))) is None
    assert group.pick() is None
    assert len(group.members) == 3
    with pytest.raises(TypeError):
        ShareGroup()
    with pytest.raises(ZeroDivisionError):
        team().groups("a/b")[0].pick(available=lambda key, value: bool(1 // 0))


class Key:
    """A key whose hash and comparison do what they are told."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.on_hash: Callable[[], object] = lambda: None
        self.on_eq: Callable[[], object] = lambda: None

    def __hash__(self) -> int:
        self.on_hash()
        return 1

    def __eq__(self, other: object) -> bool:
        self.on_eq()
        return isinstance(other, Key) and self.number == other.number


def fail() -> None:
    raise ZeroDivisionError


METHODS: list[Callable[[SubscriptionTrie[Any, Any], Any], object]] = [
    lambda trie, key: trie.insert("a/b", key),
    lambda trie, key: trie.insert("$share/g/a", key),
    lambda trie, key: trie.remove("a/+", key),
    lambda trie, key: trie.remove_key(key),
    lambda trie, key: trie.get("a/+", key),
    lambda trie, key: trie.filters(key),
]


@pytest.mark.parametrize("method", METHODS)
def test_keys_that_fail(method: Callable[[SubscriptionTrie[Any, Any], Any], object]) -> None:
    trie: SubscriptionTrie[Any, Any] = SubscriptionTrie()
    old, new = Key(), Key()
    trie.insert("a/+", old, 7)
    for moment in ("on_hash", "on_eq"):
        failing = new if moment == "on_hash" else old
        setattr(failing, moment, fail)
        with pytest.raises(ZeroDivisionError):
            method(trie, new)
        setattr(failing, moment, lambda: None)
        assert trie.entries() == [("a/+", old, 7)]
        assert trie.matches("a/b") == [(old, 7)]
    with pytest.raises(TypeError):
        method(trie, [])
    method(trie, new)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "change",
    [
        lambda trie, key: trie.clear(),
        lambda trie, key: trie.remove_key(key),
        lambda trie, key: [trie.insert(f"x/{number}", key) for number in range(9)],
        lambda trie, key: [trie.insert("x", Key(number)) for number in range(3, 30)],
        lambda trie, key: (trie.remove_key(key), trie.insert("a/+", key, 8)),
        lambda trie, key: (trie.clear(), trie.insert("a/+", Key(), 8)),
    ],
)
def test_keys_that_change_the_trie(
    method: Callable[[SubscriptionTrie[Any, Any], Any], object],
    change: Callable[[SubscriptionTrie[Any, Any], Any], object],
) -> None:
    """The change happens within the comparison, and once: then all that is there can be removed."""
    trie: SubscriptionTrie[Any, Any] = SubscriptionTrie()
    old, new = Key(), Key()
    trie.insert("a/+", old, 7)
    for number in range(1, 3):
        trie.insert("b", Key(number))

    def once() -> None:
        old.on_eq = lambda: None
        change(trie, old)

    old.on_eq = once
    method(trie, new)
    entries = trie.entries()
    assert len(entries) == len(trie)
    assert len({(filter, key.number) for filter, key, _ in entries}) == len(entries)
    for filter, key, value in entries:
        assert trie.get(filter, Key(key.number), "?") is value
        assert filter in trie.filters(Key(key.number))
        assert trie.remove(filter, Key(key.number))
    assert (len(trie), trie.entries()) == (0, [])


def test_finalizers_that_use_the_trie() -> None:
    trie: SubscriptionTrie[Any, Any] = SubscriptionTrie()
    seen: list[int] = []

    class Value:
        def __del__(self) -> None:
            seen.append(len(trie))
            trie.insert("again", len(seen))

    class Subscriber(Value):
        __hash__ = object.__hash__

    def fill() -> None:
        trie.insert("a", 0, Value())

    fill()
    trie.insert("a", 0, None)
    assert seen == [1]
    fill()
    trie.remove("a", 0)
    assert seen == [1, 1]
    fill()
    trie.remove_key(0)
    assert seen[2:] == [2]
    trie.insert("b", Subscriber())
    trie.remove_key(trie.matches("b")[0][0])
    assert len(seen) == 4
    fill()
    trie.clear()
    assert seen[4:] == [0]
    assert trie.filters(5) == ["again"]


def test_garbage() -> None:
    class Anything:
        trie: object

    gone: list[weakref.ref[Any]] = []
    for filter in ("a", "$share/g/a"):
        trie: SubscriptionTrie[Any, Any] = SubscriptionTrie()
        key = Anything()
        trie.insert(filter, key, key)
        key.trie = (trie, trie.iter_matches("a"), trie.groups("a"))
        gone += [weakref.ref(trie), weakref.ref(key)]
        del trie, key
    gc.collect()
    assert [reference() for reference in gone] == [None] * 4


def test_garbage_is_collected_at_any_time() -> None:
    """Each new object may collect garbage, whose finalizers use what is in use."""
    trie: SubscriptionTrie[Any, Any] = SubscriptionTrie()
    index: RetainedIndex[Any] = RetainedIndex()
    router: Router[Any] = Router()
    seen: list[int] = []

    class Cycle:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            seen.append(len(trie.matches("a/b")))
            trie.insert(f"a/+/{len(seen) % 7}", len(seen) % 5, self.__class__)
            index.insert(f"a/{len(seen) % 7}", None)
            if len(router) > 9:
                router.clear()
            router.add("a/{b}", None)

    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for number in range(300):
            Cycle()
            trie.insert("a/+", number % 9, [number])
            trie.insert("$share/g/a/+", (number % 3,), [number])
            trie.matches("a/b")
            trie.groups("a/b")
            list(trie)
            list(trie.iter_matches("a/b"))
            index.insert(f"a/{number % 11}", [number])
            index.lookup("a/+")
            list(index.pages("#", 2))
            router.add("a/{b}/{c}", [number])
            router.route("a/b/c")
            trie.remove_key(number % 9)
    finally:
        gc.set_threshold(*threshold)
    assert len(seen) > 100
    assert len(trie.entries()) == len(trie)


def test_memory_is_flat() -> None:
    trie: SubscriptionTrie[str, list[int]] = SubscriptionTrie()
    overlaps: Overlaps[str] = Overlaps()

    def cycle() -> None:
        for number in range(300):
            trie.insert(f"site/{number}/+", f"key {number}", [number])
            trie.insert(f"site/{number}/#", f"key {number}", [number])
            trie.insert("$share/g/site/#", f"key {number}", [number])
        for number in range(300):
            overlaps.start("nobody")
            for key, _ in trie.matches(f"site/{number}/state"):
                overlaps.add(key, qos=QoS.AT_LEAST_ONCE, subscription_id=1)
            assert len(overlaps.deliveries()) in (1, 2)
            trie.groups("site/1/x")
            list(trie.iter_matches(f"site/{number}/state"))
        for number in range(0, 300, 2):
            trie.remove_key(f"key {number}")
        trie.clear()

    cycle()
    size = sys.getsizeof(trie)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    blocks = sys.getallocatedblocks()
    for _ in range(5):
        cycle()
    gc.collect()
    assert tracemalloc.get_traced_memory()[0] - before < 20_000
    tracemalloc.stop()
    assert sys.getallocatedblocks() - blocks < 200
    assert sys.getsizeof(trie) == size


def test_threads() -> None:
    trie: SubscriptionTrie[int, int] = SubscriptionTrie()
    for number in range(100):
        trie.insert(f"fixed/{number}/#", -number, number)
    faults: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for number in range(300):
                trie.insert(f"t/{thread}/{number}", thread, number)
                assert trie.matches(f"fixed/{number % 100}/x") == [(-(number % 100), number % 100)]
                assert len(trie.filters(thread)) == number + 1
            assert trie.remove_key(thread) == 300
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(1, 5)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert faults == []
    assert len(trie) == 100


def test_handle() -> None:
    trie: SubscriptionTrie[str, int] = SubscriptionTrie()
    assert weakref.ref(trie)() is trie
    assert get_args(SubscriptionTrie[str, int]) == (str, int)
    with pytest.raises(TypeError):
        pickle.dumps(trie)
    with pytest.raises(TopicError):
        trie.insert("a/#/b", "k", 1)
    with pytest.raises(TopicError):
        trie.matches("a/+")


def test_overlaps() -> None:
    overlaps: Overlaps[str] = Overlaps()
    overlaps.start("ben")
    overlaps.add("anna", qos=QoS.AT_MOST_ONCE, subscription_id=7)
    overlaps.add("anna", qos=QoS.EXACTLY_ONCE, retain_as_published=True, subscription_id=8)
    overlaps.add("ben", qos=QoS.EXACTLY_ONCE, no_local=True)
    overlaps.add("cleo")
    assert len(overlaps) == 2
    expected = [
        MergedDelivery("anna", QoS.EXACTLY_ONCE, retain_as_published=True, subscription_ids=(7, 8)),
        MergedDelivery("cleo"),
    ]
    assert list(overlaps) == overlaps.deliveries() == expected
    assert repr(overlaps) == "<Overlaps with 2 deliveries>"
    assert weakref.ref(overlaps)() is overlaps
    overlaps.start()
    overlaps.add("ben", no_local=True)
    assert list(overlaps) == [MergedDelivery("ben")]
    with pytest.raises(TypeError):
        overlaps.start([])  # type: ignore[arg-type]
    assert len(overlaps) == 1
    with pytest.raises(ValueError, match="subscription_id"):
        overlaps.add("ben", subscription_id=0)
    overlaps.clear()
    assert overlaps.deliveries() == []


@given(
    st.lists(
        st.tuples(
            KEYS, st.sampled_from(QoS), st.booleans(), st.booleans(), st.none() | st.integers(1, 9)
        )
    ),
    st.none() | KEYS,
)
def test_overlaps_against_a_model(
    added: list[tuple[Hashable, QoS, bool, bool, int | None]], publisher: Hashable | None
) -> None:
    overlaps: Overlaps[Hashable] = Overlaps()
    overlaps.start(publisher)
    model: dict[Hashable, tuple[QoS, bool, tuple[int, ...]]] = {}
    for key, qos, no_local, retain, number in added:
        overlaps.add(
            key, qos=qos, no_local=no_local, retain_as_published=retain, subscription_id=number
        )
        if no_local and publisher is not None and key == publisher:
            continue
        before = model.get(key, (QoS.AT_MOST_ONCE, False, ()))
        numbers = before[2] if number is None else (*before[2], number)
        model[key] = (max(before[0], qos), before[1] or retain, numbers)
    assert overlaps.deliveries() == [
        MergedDelivery(key, qos, retain_as_published=retain, subscription_ids=numbers)
        for key, (qos, retain, numbers) in model.items()
    ]


@pytest.mark.parametrize(
    "value",
    [
        MergedDelivery("k"),
        MergedDelivery(1, QoS.EXACTLY_ONCE, retain_as_published=True, subscription_ids=[3]),
    ],
    ids=repr,
)
def test_merged_delivery_is_a_value(value: MergedDelivery[object]) -> None:
    copies = [eval(repr(value)), copy.copy(value), copy.deepcopy(value), value.replace()]
    for other in [*copies, pickle.loads(pickle.dumps(value))]:
        assert other == value
        assert hash(other) == hash(value)
    assert value.replace(key="other") != value
    assert value != "k"
    assert weakref.ref(value)() is value
    match value:
        case MergedDelivery(key, qos):
            assert (key, qos) == (value.key, value.qos)
        case _:
            pytest.fail("no match")
