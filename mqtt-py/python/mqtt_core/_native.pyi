"""The native part of the package; import these names from `mqtt_core`."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from types import GenericAlias
from typing import Any, ClassVar, Generic, Literal, TypeVar, final, overload

from typing_extensions import Buffer

from mqtt_core._enums import QoS, ShareStrategy, Version

__all__ = [
    "MergedDelivery",
    "Overlaps",
    "Publish",
    "PublishProperties",
    "RetainedIndex",
    "Route",
    "Router",
    "ShareGroup",
    "SubscriptionTrie",
    "TopicFilter",
    "TopicName",
    "decode",
    "encode",
    "from_amqp",
    "from_kafka",
    "matches",
    "to_amqp",
    "to_kafka",
]

def decode(data: Buffer, *, version: Version) -> tuple[Publish, int] | None:
    """Decode the packet at the front of `data`.

    Gives the packet and its length in bytes (the next packet begins there), or None if `data` is
    the beginning of a packet and more bytes are needed.

    `bytes` are borrowed: the packet keeps them alive, all of them, and its payload is not copied.
    Other bytes-like objects may change, so they are copied once; cut large ones down first.

    Raises DecodeError if the bytes are not a legal packet, and UnsupportedPacket if they are a
    legal packet other than PUBLISH.
    """

def encode(packet: Publish, *, version: Version) -> bytes:
    """Encode a packet. Decoding the bytes gives an equal packet.

    Raises EncodeError if the packet cannot be written in this version.
    """

@final
class PublishProperties:
    """The properties of a PUBLISH (5.0). Immutable.

    A packet that was received keeps the order in which they came when it is encoded again.
    Equality looks at the order of subscription identifiers and of user properties only, because no
    other order means anything. False if there are none.
    """

    __match_args__: ClassVar[tuple[str, str]] = ("content_type", "user_properties")

    def __new__(
        cls,
        *,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        subscription_identifiers: Iterable[int] | None = None,
        topic_alias: int | None = None,
        user_properties: Iterable[tuple[str, str]] | None = None,
    ) -> PublishProperties: ...
    @property
    def payload_format_indicator(self) -> int | None:
        """Whether the payload is text: 0 unspecified bytes, 1 UTF-8."""

    @property
    def message_expiry_interval(self) -> int | None:
        """Lifetime of the message in seconds; None means for ever."""

    @property
    def content_type(self) -> str | None:
        """What the payload is, in words of the application."""

    @property
    def response_topic(self) -> str | None:
        """Topic name for an answer."""

    @property
    def correlation_data(self) -> bytes | None:
        """Bytes by which an answer is recognised."""

    @property
    def subscription_identifiers(self) -> tuple[int, ...]:
        """Numbers of the subscriptions that the message matches, in order."""

    @property
    def topic_alias(self) -> int | None:
        """Number that stands for a topic name."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(
        self,
        *,
        payload_format_indicator: int | None = ...,
        message_expiry_interval: int | None = ...,
        content_type: str | None = ...,
        response_topic: str | None = ...,
        correlation_data: Buffer | None = ...,
        subscription_identifiers: Iterable[int] | None = ...,
        topic_alias: int | None = ...,
        user_properties: Iterable[tuple[str, str]] | None = ...,
    ) -> PublishProperties:
        """A copy with some values changed; None removes one."""

    def __replace__(
        self,
        *,
        payload_format_indicator: int | None = ...,
        message_expiry_interval: int | None = ...,
        content_type: str | None = ...,
        response_topic: str | None = ...,
        correlation_data: Buffer | None = ...,
        subscription_identifiers: Iterable[int] | None = ...,
        topic_alias: int | None = ...,
        user_properties: Iterable[tuple[str, str]] | None = ...,
    ) -> PublishProperties: ...
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class Publish:
    """A PUBLISH packet: a message, in either direction. Immutable.

    Types are checked here; whether the packet is legal says `encode`.
    """

    __match_args__: ClassVar[tuple[str, str, str]] = ("topic", "payload", "qos")

    def __new__(
        cls,
        *,
        topic: str,
        payload: Buffer = b"",
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        dup: bool = False,
        packet_id: int | None = None,
        properties: PublishProperties = ...,
    ) -> Publish: ...
    @property
    def dup(self) -> bool:
        """Sent before; never with QoS 0."""

    @property
    def qos(self) -> QoS:
        """Quality of service."""

    @property
    def retain(self) -> bool:
        """From the sender: to be kept. To a subscriber: was kept."""

    @property
    def topic(self) -> str:
        """Topic name without wildcards; empty only in 5.0 together with a topic alias."""

    @property
    def packet_id(self) -> int | None:
        """Packet identifier, 1 to 65535: there with QoS 1 and 2, and not with QoS 0."""

    @property
    def properties(self) -> PublishProperties:
        """Properties (5.0)."""

    @property
    def payload(self) -> bytes:
        """Payload. Of a packet that was received, copied when it is first asked for."""

    @property
    def payload_view(self) -> memoryview:
        """The payload where it lies, read-only and not copied. Keeps the bytes alive."""

    def replace(
        self,
        *,
        topic: str = ...,
        payload: Buffer = ...,
        qos: QoS = ...,
        retain: bool = ...,
        dup: bool = ...,
        packet_id: int | None = ...,
        properties: PublishProperties = ...,
    ) -> Publish:
        """A copy with some values changed."""

    def __replace__(
        self,
        *,
        topic: str = ...,
        payload: Buffer = ...,
        qos: QoS = ...,
        retain: bool = ...,
        dup: bool = ...,
        packet_id: int | None = ...,
        properties: PublishProperties = ...,
    ) -> Publish: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

# Topics, indexes of them, and what other systems call them.

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_D = TypeVar("_D")
_H = TypeVar("_H")

def matches(filter: str | TopicFilter, topic: str | TopicName) -> bool:
    """True if a message to `topic` is for `filter`.

    A filter given as `str` is read by the rules of 5.0: of a shared subscription, the inner filter
    matches. Takes time in the length of both, whatever the filter.

    Raises TopicError if the filter or the topic is none.
    """

@final
class TopicName:
    """A topic name: what a message is published to. Immutable.

    1 to 65,535 bytes of UTF-8 without U+0000, `+` and `#`. Equality, order and hash are those of
    the text. `str(name)` is the text.

    Raises TopicError for a text that is none.
    """

    __match_args__: ClassVar[tuple[str]] = ("text",)

    def __new__(cls, text: str) -> TopicName: ...
    @property
    def text(self) -> str:
        """The text."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The texts between the slashes, empty ones too."""

    @property
    def starts_with_dollar(self) -> bool:
        """True if the first character is `$`: no filter that begins with a wildcard matches."""

    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: TopicName, /) -> bool: ...
    def __le__(self, other: TopicName, /) -> bool: ...
    def __gt__(self, other: TopicName, /) -> bool: ...
    def __ge__(self, other: TopicName, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...
    def replace(self, *, text: str = ...) -> TopicName:
        """A name with another text."""

    def __replace__(self, *, text: str = ...) -> TopicName: ...

@final
class TopicFilter:
    """A topic filter: what a client subscribes to. Immutable.

    1 to 65,535 bytes of UTF-8 without U+0000. `+` fills one level; `#` is the last level and stands
    for any number of levels, none included. In 5.0, `$share/` *name* `/` *filter* is a shared
    subscription, of which only the inner filter matches; before, `$share/` means nothing.

    Two filters are equal if text and meaning are; order and hash are those of the text.
    `str(filter)` is the text.

    Raises TopicError for a text that is none.
    """

    __match_args__: ClassVar[tuple[str]] = ("text",)

    def __new__(cls, text: str, *, version: Version = Version.V5) -> TopicFilter: ...
    @property
    def text(self) -> str:
        """The whole text: what SUBSCRIBE and UNSUBSCRIBE carry."""

    @property
    def version(self) -> Version:
        """By whose rules the text is read."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of the part that matches, wildcards and empty ones too."""

    @property
    def is_shared(self) -> bool:
        """True for a shared subscription of 5.0."""

    @property
    def share_name(self) -> str | None:
        """The share name of a shared subscription."""

    @property
    def filter(self) -> TopicFilter:
        """The part that matches: the inner filter of a shared subscription, else all of it."""

    @property
    def has_wildcards(self) -> bool:
        """True if the part that matches has `+` or `#`; if not, it matches one name only."""

    @property
    def starts_with_dollar(self) -> bool:
        """True if the part that matches begins with `$`."""

    def matches(self, topic: str | TopicName) -> bool:
        """True if a message to this topic is for this filter."""

    def covers(self, other: str | TopicFilter) -> bool:
        """True if this filter matches every name that `other` matches. Share names play no part."""

    def overlaps(self, other: str | TopicFilter) -> bool:
        """True if there is a name that both filters match. Share names play no part."""

    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: TopicFilter, /) -> bool: ...
    def __le__(self, other: TopicFilter, /) -> bool: ...
    def __gt__(self, other: TopicFilter, /) -> bool: ...
    def __ge__(self, other: TopicFilter, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Version]]: ...
    def replace(self, *, text: str = ..., version: Version = ...) -> TopicFilter:
        """A filter with another text, or by other rules."""

    def __replace__(self, *, text: str = ..., version: Version = ...) -> TopicFilter: ...

@final
class SubscriptionTrie(Generic[_K, _V]):
    """Who subscribes to which filter, asked by topic name.

    A subscription is a filter, a key (who: anything that can be hashed) and a value (how). Keys
    that are equal are one key, as in a `dict`; the first of them is kept. The filters of shared
    subscriptions are kept with their share names.

    Matching takes time in the levels of the topic for each way through the wildcards that exist,
    however many filters there are; changing takes time in the levels of the filter. No order
    depends on hashes.

    Whatever `__hash__`, `__eq__` and `__del__` of keys and values do, they see a whole trie and may
    change it; what they raise is raised, and nothing has changed then. Threads may share a trie.

    `max_entries` and `max_levels` bound what may be added: subscriptions, and levels of a filter
    without the share name. None means no bound.

    >>> from mqtt_core import SubscriptionTrie
    >>> trie = SubscriptionTrie()
    >>> trie.insert("site/+/state", "anna", 1)
    True
    >>> trie.insert("site/#", "ben", 0)
    True
    >>> trie.matches("site/7/state")
    [('ben', 0), ('anna', 1)]
    """

    def __new__(
        cls, *, max_entries: int | None = None, max_levels: int | None = None
    ) -> SubscriptionTrie[_K, _V]: ...
    @property
    def max_entries(self) -> int | None:
        """How many subscriptions there may be."""

    @property
    def max_levels(self) -> int | None:
        """How many levels a filter may have."""

    @overload
    def insert(
        self: SubscriptionTrie[_K, _V | None], filter: str | TopicFilter, key: _K
    ) -> bool: ...
    @overload
    def insert(self, filter: str | TopicFilter, key: _K, value: _V) -> bool:
        """Add a subscription, or replace its value. True if it is new.

        Raises TopicError if the filter is none, LimitError if there is no room; a value can be
        replaced in any case.
        """

    def remove(self, filter: str | TopicFilter, key: _K) -> bool:
        """Remove a subscription. True if there was one."""

    def remove_key(self, key: _K) -> int:
        """Remove all subscriptions of a key, and say how many they were."""

    @overload
    def get(self, filter: str | TopicFilter, key: _K) -> _V | None: ...
    @overload
    def get(self, filter: str | TopicFilter, key: _K, default: _D) -> _V | _D:
        """The value of a subscription, or `default` if there is none."""

    def filters(self, key: _K) -> list[str]:
        """The filters that a key subscribes to, sorted."""

    def matches(
        self,
        topic: str | TopicName,
        *,
        strategy: ShareStrategy | None = ShareStrategy.ROUND_ROBIN,
        number: int = 0,
    ) -> list[tuple[_K, _V]]:
        """Who is to get a message to this topic: key and value of each subscription that matches.

        Of each shared subscription that matches, `strategy` chooses one member; `number` is for
        HASH and NUMBER, the lowest 64 bits of any number. With None, shared subscriptions are
        left out; `groups` has them.

        Raises TopicError if the topic is none.
        """

    def iter_matches(
        self,
        topic: str | TopicName,
        *,
        strategy: ShareStrategy | None = ShareStrategy.ROUND_ROBIN,
        number: int = 0,
    ) -> Iterator[tuple[_K, _V]]:
        """What `matches` finds, one by one.

        The trie may change meanwhile: what is in it all the time is found once; what comes or goes
        is found or not.
        """

    def groups(self, topic: str | TopicName) -> list[ShareGroup[_K, _V]]:
        """The shared subscriptions that match: one member of each is to get the message."""

    def count_matches(self, topic: str | TopicName) -> int:
        """How many matches there are, shared subscriptions counted once each."""

    def matches_any(self, topic: str | TopicName) -> bool:
        """True if anybody subscribes to this topic."""

    def entries(self, *, below: str | TopicFilter | None = None) -> list[tuple[str, _K, _V]]:
        """All subscriptions: filter, key and value.

        With `below`, those whose filter begins with these levels; wildcards are levels like others,
        share names play no part.
        """

    def __iter__(self) -> Iterator[tuple[str, _K, _V]]:
        """The subscriptions that there are when the iteration begins."""

    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove everything and give the memory back."""

    def shrink_to_fit(self) -> None:
        """Give back what memory is not needed."""

    def __sizeof__(self) -> int:
        """Bytes without keys and values."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class ShareGroup(Generic[_K, _V]):
    """A shared subscription that matched a topic: see `SubscriptionTrie.groups`."""

    @property
    def filter(self) -> str:
        """The filter, with `$share/` and the share name."""

    @property
    def share_name(self) -> str:
        """The share name."""

    @property
    def members(self) -> tuple[tuple[_K, _V], ...]:
        """Keys and values when the group was found, in the order in which the members joined."""

    def __len__(self) -> int: ...
    def pick(
        self,
        *,
        strategy: ShareStrategy = ShareStrategy.ROUND_ROBIN,
        number: int = 0,
        available: Callable[[_K, _V], object] | None = None,
    ) -> tuple[_K, _V] | None:
        """Choose a member of those that are in the trie now: key and value, or None.

        `available` is asked if the member that is to be chosen can get the message, else the one
        behind it is, and so on. `number` is for HASH and NUMBER, the lowest 64 bits of any number.
        """
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Overlaps(Generic[_K]):
    """Merges subscriptions of one client that match the same message, so that it gets the message
    once: at the highest QoS, with the subscription identifiers of all.

    Shared subscriptions take no part: each sends a message of its own.

    >>> from mqtt_core import Overlaps, QoS
    >>> overlaps = Overlaps()
    >>> overlaps.start("ben")
    >>> overlaps.add("anna", qos=QoS.AT_MOST_ONCE, subscription_id=7)
    >>> overlaps.add("anna", qos=QoS.EXACTLY_ONCE)
    >>> overlaps.add("ben", no_local=True)
    >>> overlaps.deliveries()
    [MergedDelivery('anna', QoS.EXACTLY_ONCE, subscription_ids=(7,))]
    """

    def __new__(cls) -> Overlaps[_K]: ...
    def start(self, publisher: _K | None = None) -> None:
        """Forget the last message and begin the next, of this publisher."""

    def add(
        self,
        key: _K,
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        no_local: bool = False,
        retain_as_published: bool = False,
        subscription_id: int | None = None,
    ) -> None:
        """Add a subscription that matches; with No Local, not for the publisher."""

    def deliveries(self) -> list[MergedDelivery[_K]]:
        """Who gets the message, in the order in which they were added first."""

    def __iter__(self) -> Iterator[MergedDelivery[_K]]: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Forget the message, its publisher and all keys."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class MergedDelivery(Generic[_K]):
    """How one client gets a message: see `Overlaps`. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("key", "qos")

    def __new__(
        cls,
        key: _K,
        qos: QoS = QoS.AT_MOST_ONCE,
        *,
        retain_as_published: bool = False,
        subscription_ids: Iterable[int] = (),
    ) -> MergedDelivery[_K]: ...
    @property
    def key(self) -> _K:
        """The client."""

    @property
    def qos(self) -> QoS:
        """The highest of its subscriptions: the message goes out at this or its own QoS."""

    @property
    def retain_as_published(self) -> bool:
        """One of its subscriptions has Retain As Published."""

    @property
    def subscription_ids(self) -> tuple[int, ...]:
        """The identifiers of all its subscriptions that have one, in the order of adding."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...
    def replace(
        self,
        *,
        key: _K = ...,
        qos: QoS = ...,
        retain_as_published: bool = ...,
        subscription_ids: Iterable[int] = ...,
    ) -> MergedDelivery[_K]:
        """The same but for the fields that are given."""

    def __replace__(
        self,
        *,
        key: _K = ...,
        qos: QoS = ...,
        retain_as_published: bool = ...,
        subscription_ids: Iterable[int] = ...,
    ) -> MergedDelivery[_K]: ...
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class RetainedIndex(Generic[_V]):
    """Values by topic name, asked by topic filter: retained messages.

    A lookup does not look at what cannot match. No order depends on hashes. Threads may share an
    index.

    `max_entries` and `max_levels` bound what may be added: names, and levels of a name. None means
    no bound.

    >>> from mqtt_core import RetainedIndex
    >>> index = RetainedIndex()
    >>> index.insert("site/7/state", b"up")
    True
    >>> index.lookup("site/+/state")
    [('site/7/state', b'up')]
    """

    def __new__(
        cls, *, max_entries: int | None = None, max_levels: int | None = None
    ) -> RetainedIndex[_V]: ...
    @property
    def max_entries(self) -> int | None:
        """How many names there may be."""

    @property
    def max_levels(self) -> int | None:
        """How many levels a name may have."""

    def insert(self, name: str | TopicName, value: _V) -> bool:
        """Add a name, or replace its value. True if it is new.

        Raises TopicError if the name is none, LimitError if there is no room; a value can be
        replaced in any case.
        """

    def remove(self, name: str | TopicName) -> bool:
        """Remove a name. True if it was there."""

    @overload
    def get(self, name: str | TopicName) -> _V | None: ...
    @overload
    def get(self, name: str | TopicName, default: _D) -> _V | _D:
        """The value of a name, or `default` if it is not there."""

    def lookup(self, filter: str | TopicFilter) -> list[tuple[str, _V]]:
        """Names that match a filter, with their values; of a shared subscription, its inner filter.

        Raises TopicError if the filter is none.
        """

    def pages(self, filter: str | TopicFilter, size: int = 1000) -> Iterator[list[tuple[str, _V]]]:
        """What `lookup` finds, in lists of up to `size`.

        The index may change meanwhile: a name that was there at the first page, and has not been
        removed since, is found once, with the value that it has then. A name that came later is not
        found.
        """

    def items(self) -> list[tuple[str, _V]]:
        """All names with their values."""

    def __iter__(self) -> Iterator[str]:
        """The names that there are when the iteration begins."""

    def __contains__(self, name: str | TopicName, /) -> bool: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove everything and give the memory back."""

    def shrink_to_fit(self) -> None:
        """Give back what memory is not needed."""

    def __sizeof__(self) -> int:
        """Bytes without values."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Router(Generic[_H]):
    """Which handler of a client a message is for, by the topic name.

    A route is a pattern and a handler, which may be anything. Each level of a pattern is one of
    these:

    - text, `+`, or `#` as the last level: as in a filter;
    - `{name}`: subscribes to `+` and captures the level;
    - `{*name}` as the last level: subscribes to `#` and captures all levels that are left, if any
      are.

    `{{` and `}}` stand for the braces themselves. With `$share/group/` in front the subscription is
    shared. `fallback` is the handler of messages that no route matches.

    >>> from mqtt_core import Router
    >>> router = Router()
    >>> router.add("sensors/{room}/temperature", print)
    <Route 'sensors/{room}/temperature'>
    >>> for handler, captures in router.route("sensors/attic/temperature"):
    ...     handler(captures)
    {'room': 'attic'}
    >>> router.filters()
    ['sensors/+/temperature']
    """

    def __new__(cls, *, fallback: _H | None = None) -> Router[_H]: ...
    @property
    def fallback(self) -> _H | None:
        """The handler of messages that no route matches."""

    @fallback.setter
    def fallback(self, handler: _H | None) -> None: ...
    def add(self, pattern: str, handler: _H) -> Route[_H]:
        """Add a route. Others may have the same pattern; it comes behind them.

        Raises TopicError if the pattern is none; the offset is in bytes of the pattern.
        """

    def remove(self, route: Route[_H]) -> bool:
        """Remove a route. True if it was in this router."""

    def route(self, topic: str | TopicName) -> list[tuple[_H, dict[str, str]]]:
        """Handlers and captures of all routes that match, or of the fallback.

        Raises TopicError if the topic is none.
        """

    def most_specific(self, topic: str | TopicName) -> tuple[_H, dict[str, str]] | None:
        """Handler and captures of the route that matches most specifically, or of the fallback.

        The leftmost level that differs decides: text before `+` before `#`.
        """

    def with_filter(self, filter: str | TopicFilter) -> list[Route[_H]]:
        """The routes that subscribe with this filter, in the order of adding."""

    def filters(self) -> list[str]:
        """What to subscribe to: each filter once, in the order of adding."""

    def __iter__(self) -> Iterator[Route[_H]]:
        """The routes that there are when the iteration begins, in the order of adding."""

    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove all routes, but not the fallback."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Route(Generic[_H]):
    """A route of a `Router`."""

    @property
    def pattern(self) -> str:
        """The pattern, as it was given."""

    @property
    def filter(self) -> str:
        """What to subscribe to."""

    @property
    def handler(self) -> _H:
        """The handler."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the captures, in the order of the levels."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@overload
def to_amqp(topic: str | TopicName | TopicFilter, *, exchange: Literal[False] = False) -> str: ...
@overload
def to_amqp(
    topic: str | TopicName | TopicFilter, *, exchange: Literal[True]
) -> tuple[str, str]: ...
@overload
def to_amqp(
    topic: str | TopicName | TopicFilter, *, exchange: bool = False
) -> str | tuple[str, str]:
    """What AMQP 0-9-1 calls a topic: the routing key of a name, the binding key of a `TopicFilter`.

    `sensors/temperature` is `sensors.temperature`, the filter `sensors/+/#` is `sensors.*.#`. With
    `exchange`, the first level is the exchange: `orders/eu/new` is `("orders", "eu.new")`.

    What maps, maps back, and a filter matches a name if and only if its binding key matches the
    routing key. Raises TopicError, with a kind that begins with `map_`, for what AMQP cannot carry.
    """

def from_amqp(key: str, *, exchange: str | None = None, binding: bool = False) -> str:
    """The topic name of a routing key, or the topic filter of a binding key: `to_amqp` backwards.

    Raises TopicError for what MQTT cannot carry.
    """

def to_kafka(topic: str | TopicName) -> str:
    """The Kafka topic of a topic name: `sensors/temperature` is `sensors.temperature`.

    Raises TopicError for what Kafka cannot carry: 249 of `A-Z a-z 0-9 _ -` and slashes are
    possible.
    """

def from_kafka(topic: str) -> str:
    """The topic name of a Kafka topic: `sensors.temperature` is `sensors/temperature`.

    Raises TopicError for what is no topic of Kafka.
    """
