"""Cases that are measured, and how: round by round in turn, the median of all rounds."""

import statistics
import timeit
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import process_time
from typing import Any


@dataclass(frozen=True)
class Snippet:
    """One expression, which is measured without a function around it."""

    code: str
    names: dict[str, Any]


Call = Callable[[], object] | Snippet


def timer_of(call: Call) -> timeit.Timer:
    """Of processor time, so that other programs count as little as can be."""
    if isinstance(call, Snippet):
        return timeit.Timer(call.code, timer=process_time, globals=call.names)
    return timeit.Timer(call, timer=process_time)


def once(call: Call) -> object:
    """What it gives."""
    return eval(call.code, dict(call.names)) if isinstance(call, Snippet) else call()


def same(*calls: Call) -> None:
    """All of them give the same."""
    values = [once(call) for call in calls]
    assert all(value == values[0] for value in values), values


@dataclass(frozen=True)
class Target:
    """How many times as fast as a peer ours must be, and is to become."""

    must: float
    goal: float | None = None


@dataclass(frozen=True)
class Case:
    """The same work done by ours and by others, in one process, with the same bytes."""

    name: str
    ours: Call
    peers: dict[str, Call] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    units: int = 1
    """How many packets or topics one call is."""

    in_chart: bool = True


@dataclass(frozen=True)
class Comparison:
    """Ours beside one peer; times are nanoseconds per packet or topic."""

    peer: str
    time: float
    ratio: float
    target: Target | None

    @property
    def is_met(self) -> bool:
        return self.target is None or self.ratio >= self.target.must


@dataclass(frozen=True)
class Result:
    name: str
    time: float
    """Of ours, in nanoseconds per packet or topic."""

    comparisons: tuple[Comparison, ...]
    in_chart: bool


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int = 11
    sample: float = 0.01
    """Seconds that one sample takes, about."""


def calls_for(timer: timeit.Timer, sample: float) -> int:
    """How many calls take about as long as a sample is to take."""
    calls = 1
    while (taken := timer.timeit(calls)) < sample / 4:
        calls *= 4
    return max(1, round(calls * sample / taken))


def measure(cases: Iterable[Case], effort: Effort) -> list[Result]:
    """Measures all of them, interleaved, so that a busy machine is so for all."""
    found = list(cases)
    # Of each case the first timer is ours.
    timers = [[timer_of(call) for call in (case.ours, *case.peers.values())] for case in found]
    calls = [[calls_for(timer, effort.sample) for timer in those] for those in timers]
    samples: list[list[list[float]]] = [[[] for _ in those] for those in timers]
    for _ in range(effort.rounds):
        for those, counts, kept in zip(timers, calls, samples, strict=True):
            for timer, count, times in zip(those, counts, kept, strict=True):
                times.append(timer.timeit(count) / count * 1e9)
    return [result(case, kept) for case, kept in zip(found, samples, strict=True)]


def result(case: Case, samples: list[list[float]]) -> Result:
    ours, *others = ([time / case.units for time in times] for times in samples)
    comparisons = []
    for peer, theirs in zip(case.peers, others, strict=True):
        # Of one round: what slows a round down slows both.
        ratio = statistics.median(their / our for their, our in zip(theirs, ours, strict=True))
        time = statistics.median(theirs)
        comparisons.append(Comparison(peer, time, ratio, case.targets.get(peer)))
    return Result(case.name, statistics.median(ours), tuple(comparisons), case.in_chart)
