"""`TopicName`, `TopicFilter` and `matches`: shared vectors, a model of expressions, values."""

import ast
import copy
import doctest
import pickle
import re
import weakref
from pathlib import Path

import mqtt_core
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import TopicError, TopicFilter, TopicName, Version, matches

FOLDER = Path(__file__).parents[2] / "mqtt-core" / "tests" / "topics"
VERSIONS = {
    "3.1.1": (Version.V31, Version.V311),
    "5.0": (Version.V5,),
    "both": tuple(Version),
}


def rows(file: str) -> list[list[str]]:
    """The rows of a table; `\\xHH` in a cell is a byte of UTF-8."""
    lines = (FOLDER / file).read_text("ascii").splitlines()
    assert len(lines) > 100
    return [[unescape(cell) for cell in line.split("\t")] for line in lines[1:]]


def unescape(cell: str) -> str:
    text = re.sub(r"\\x(..)", lambda byte: chr(int(byte[1], 16)), cell)
    return text.encode("latin-1").decode()


@pytest.mark.parametrize("row", rows("names.tsv"), ids=repr)
def test_names(row: list[str]) -> None:
    text, verdict, _ = row
    if verdict == "valid":
        assert str(TopicName(text)) == text
        assert TopicName(text).levels == tuple(text.split("/"))
    else:
        with pytest.raises(TopicError):
            TopicName(text)


@pytest.mark.parametrize("row", rows("filters.tsv"), ids=repr)
def test_filters(row: list[str]) -> None:
    text, v311, v5, share_name, inner, _ = row
    for version in Version:
        if (v5 if version is Version.V5 else v311) == "invalid":
            with pytest.raises(TopicError):
                TopicFilter(text, version=version)
            continue
        found = TopicFilter(text, version=version)
        is_shared = version is Version.V5 and share_name != "-"
        assert (str(found), found.is_shared) == (text, is_shared)
        assert found.share_name == (share_name if is_shared else None)
        assert str(found.filter) == (inner if is_shared else text)
        assert not found.filter.is_shared
        assert found.levels == tuple(str(found.filter).split("/"))
        assert found.has_wildcards == any(level in "+#" for level in found.levels if level)


@pytest.mark.parametrize("row", rows("matches.tsv"), ids=repr)
def test_matches(row: list[str]) -> None:
    text, topic, versions, verdict, _ = row
    for version in VERSIONS[versions]:
        expected = verdict == "yes"
        found = TopicFilter(text, version=version)
        assert found.matches(topic) is expected
        assert found.matches(TopicName(topic)) is expected
        assert matches(found, topic) is expected
        if version is Version.V5:
            assert matches(text, topic) is expected


LEVELS = st.sampled_from(["", "a", "b", "ä", "$", "$a", "a b"])
NAMES = st.lists(LEVELS, min_size=1, max_size=5).map("/".join).filter(bool)
FILTERS = st.lists(LEVELS | st.just("+"), min_size=1, max_size=5).map("/".join).filter(bool)
FILTERS |= st.lists(LEVELS | st.just("+"), max_size=4).map(lambda levels: "/".join([*levels, "#"]))


def is_match(text: str, topic: str) -> bool:
    """By a regular expression."""
    if text[0] in "+#" and topic[0] == "$":
        return False
    pattern = re.escape(text).replace(r"\+", "[^/]*")
    pattern = re.sub(r"(^|/)\\#$", lambda hash: "(/.*)?" if hash[1] else ".*", pattern)
    return re.fullmatch(pattern, topic, re.DOTALL) is not None


@given(FILTERS, NAMES)
def test_matches_as_a_regular_expression(text: str, topic: str) -> None:
    assert matches(text, topic) is is_match(text, topic)
    assert matches(f"$share/g/{text}", topic) is is_match(text, topic)


@given(FILTERS, FILTERS, NAMES)
def test_covers_and_overlaps(one: str, other: str, topic: str) -> None:
    wide = TopicFilter(one)
    if wide.covers(other) and matches(other, topic):
        assert matches(one, topic)
    if matches(one, topic) and matches(other, topic):
        assert wide.overlaps(TopicFilter(other))
        assert TopicFilter(other).overlaps(one)
    assert wide.covers(wide)
    assert wide.overlaps(wide)


@pytest.mark.parametrize(
    ("make", "kind", "offset", "clause"),
    [
        (lambda: TopicName(""), "topic_empty", 0, "MQTT-4.7.3-1"),
        (lambda: TopicName("ä/+"), "topic_wildcard", 3, "MQTT-4.7.0-1"),
        (lambda: TopicName("a\0"), "nul", 1, "MQTT-4.7.3-2"),
        (lambda: TopicName("a" * 65536), "topic_too_long", 65535, "MQTT-4.7.3-3"),
        (lambda: TopicName("aä\ud800b"), "utf8", 3, "MQTT-1.5.4-1"),
        (lambda: TopicFilter("a/#/b"), "filter_multi_level", 2, "MQTT-4.7.1-1"),
        (lambda: TopicFilter("a/b+"), "filter_single_level", 3, "MQTT-4.7.1-2"),
        (
            lambda: TopicFilter("a/b+", version=Version.V311),
            "filter_single_level",
            3,
            "MQTT-4.7.1-3",
        ),
        (lambda: TopicFilter("$share//a"), "share_name_empty", 0, "MQTT-4.8.2-1"),
        (lambda: matches("a", "#"), "topic_wildcard", 0, "MQTT-4.7.0-1"),
        (lambda: TopicFilter("a").matches("+"), "topic_wildcard", 0, "MQTT-4.7.0-1"),
    ],
)
def test_errors(make: object, kind: str, offset: int, clause: str) -> None:
    assert callable(make)
    with pytest.raises(TopicError) as caught:
        make()
    error = caught.value
    assert isinstance(error, ValueError)
    assert (error.kind, error.offset, error.clause) == (kind, offset, clause)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.kind) == (TopicError, str(error), kind)


def test_wrong_types() -> None:
    for wrong in (b"a", 1, None):
        with pytest.raises(TypeError):
            matches("a", wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            matches(wrong, "a")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        matches("a", TopicFilter("a"))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        matches(TopicName("a"), "a")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        TopicName(b"a")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        TopicFilter("a", Version.V5)  # type: ignore[call-arg]


VALUES = [
    TopicName("a/b"),
    TopicName('it\'s "ä"/\n'),
    TopicFilter("a/+"),
    TopicFilter("$share/g/a"),
    TopicFilter("$share/g/a", version=Version.V311),
    TopicFilter("$share/g/$share/h/a").filter,
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values(value: TopicName | TopicFilter) -> None:
    again = eval(repr(value))
    copies = [again, copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))]
    copies += [value.replace(), value.replace(text=value.text)]
    for other in copies:
        assert type(other) is type(value)
        assert other == value
        assert hash(other) == hash(value)
        assert repr(other) == repr(value)
    assert [other for other in VALUES if other == value] == [value]
    assert value != str(value)
    assert value.replace(text="c") != value
    assert weakref.ref(value)() is value
    match value:
        case TopicName(text) | TopicFilter(text):
            assert text == str(value)
        case _:
            pytest.fail("no match")
    with pytest.raises(AttributeError):
        value.text = "b"  # type: ignore[misc]
    with pytest.raises(TypeError):
        value.replace(other="c")  # type: ignore[call-arg]


def test_meaning_and_order() -> None:
    assert TopicFilter("a") == TopicFilter("a", version=Version.V31)
    assert TopicFilter("$share/g/a") != TopicFilter("$share/g/a", version=Version.V311)
    assert TopicFilter("$share/g/a").version is Version.V5
    texts = ["a", "ä", "\U0001f600", "a/b", "\uffff", "B"]
    assert [str(name) for name in sorted(map(TopicName, texts))] == sorted(texts)
    assert [str(name) for name in sorted(map(TopicFilter, texts))] == sorted(texts)
    assert TopicName("a") != TopicFilter("a")
    with pytest.raises(TypeError):
        assert TopicName("a") < TopicFilter("a")  # type: ignore[operator]
    assert TopicName("$SYS").starts_with_dollar
    assert not TopicFilter("$share/g/a").starts_with_dollar


def test_a_subclass_of_str_is_its_text() -> None:
    class Text(str):
        pass

    assert type(TopicName(Text("a")).text) is str
    assert matches(Text("a/+"), Text("a/b"))


def check_examples(name: str, text: str, runner: doctest.DocTestRunner) -> None:
    runner.run(doctest.DocTestParser().get_doctest(text, {}, name, None, None))


def test_examples_of_the_stubs() -> None:
    stubs = Path(mqtt_core.__file__).with_name("_native.pyi")
    runner = doctest.DocTestRunner()
    for node in ast.walk(ast.parse(stubs.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            check_examples(node.name, ast.get_docstring(node) or "", runner)
    assert runner.tries > 10
    assert runner.failures == 0


def test_examples_of_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    runner = doctest.DocTestRunner()
    for block in re.findall(r"```pycon\n(.*?)```", readme, re.DOTALL):
        check_examples("README", block, runner)
    assert runner.tries > 5
    assert runner.failures == 0
