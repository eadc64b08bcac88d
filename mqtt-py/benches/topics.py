"""Who is to get a message, among many filters: as the Rust benchmarks ask it.

`region/{r}/site/{s}/device/{d}/{metric}`: 80 % of the filters are exact, 15 % have one `+`, 4 % end
in `/#`, 1 % have two `+`. All are different.
"""

import importlib
import random
from collections.abc import Iterator

from measure import Call, Case, Target
from mqtt_core import SubscriptionTrie
from peers import paho

METRICS = (
    *("temperature", "humidity", "pressure", "vibration", "state"),
    *("power", "voltage", "current", "alarm", "uptime"),
)
SIZES = {1_000: (2, 2, 25), 100_000: (4, 5, 500), 1_000_000: (5, 12, 1_667)}
"""Filters; and regions, sites in a region and devices at a site, so that a few filters match."""

TOPICS = 1_000


class Space:
    def __init__(self, size: int) -> None:
        self.counts = SIZES[size]
        self.random = random.Random(size)

    def levels(self) -> list[str]:
        numbers = [str(self.random.randrange(count)) for count in self.counts]
        return [*numbers, self.random.choice(METRICS)]

    @staticmethod
    def text(levels: list[str]) -> str:
        region, site, device, metric = levels
        text = f"region/{region}/site/{site}/device/{device}/{metric}"
        return text.partition("/#")[0] + "/#" if "#" in text else text

    def filter(self, percent: int) -> str:
        levels = self.levels()
        if percent == 0:
            levels[self.random.randrange(2)] = levels[3] = "+"
        elif percent < 5:
            levels[2 + self.random.randrange(2)] = "#"
        elif percent < 20:
            levels[self.random.randrange(4)] = "+"
        return self.text(levels)

    def filters(self, size: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < size:
            percent = self.random.randrange(100)
            # Of the kind that was drawn, so that the shares stay.
            while (text := self.filter(percent)) in found:
                pass
            found[text] = None
        return list(found)


def case(name: str, size: int) -> Case:
    space = Space(size)
    filters = space.filters(size)
    topics = [space.text(space.levels()) for _ in range(TOPICS)]
    trie: SubscriptionTrie[int, None] = SubscriptionTrie()
    for number, text in enumerate(filters):
        trie.insert(text, number, None)

    def ours() -> list[object]:
        return [trie.matches(topic) for topic in topics]

    others: dict[str, Call] = {}
    if paho:
        matcher = importlib.import_module("paho.mqtt.matcher").MQTTMatcher()
        for number, text in enumerate(filters):
            matcher[text] = number

        def theirs() -> list[object]:
            return [list(matcher.iter_match(topic)) for topic in topics]

        others["paho"] = theirs
        for topic in topics:
            found = sorted(number for number, _ in trie.matches(topic))
            assert found == sorted(matcher.iter_match(topic))
    matches = sum(trie.count_matches(topic) for topic in topics) / TOPICS
    target = Target(5 if size == 1_000_000 else 8, 10)
    title = f"match, {name} filters, {matches:.1f} found"
    return Case(title, ours, others, {"paho": target}, TOPICS)


def cases(size: int) -> Iterator[Case]:
    names = {1_000: "1k", 100_000: "100k", 1_000_000: "1M"}
    yield case(names[size], size)
