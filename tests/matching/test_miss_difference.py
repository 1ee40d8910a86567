"""The differences of two JSON values: nothing is overlooked, items are aligned, at any depth."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.matching.difference.trees import ABSENT, differences, same_leaf

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b c", "é"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "name", "role", "x y"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def found_in(recorded, sent):
    return [(found.path, found.recorded, found.sent) for found in differences(recorded, sent)]


def strictly_equal(one, other) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(strictly_equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(strictly_equal, one, other))
    return type(one) is type(other) and one == other


@settings(max_examples=200)
@given(VALUES, VALUES)
def test_there_are_differences_exactly_where_values_are_unequal(one, other):
    assert (differences(one, other) == []) == strictly_equal(one, other)


@settings(max_examples=100)
@given(VALUES)
def test_a_value_differs_in_nothing_from_its_copy(value):
    assert differences(value, copy.deepcopy(value)) == []


@settings(max_examples=200)
@given(VALUES, VALUES)
def test_each_side_of_a_difference_stands_where_its_path_says(one, other):
    for found in differences(one, other):
        if found.kind == "value":
            for whole, step, value in (
                (one, found.place.recorded, found.recorded),
                (other, found.place.sent, found.sent),
            ):
                if value is not ABSENT:
                    for key in step.keys() if step else ():
                        whole = whole[key]
                    assert whole is value


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(1, 1.0, True), (True, 1, False), (0, False, False), (None, False, False), ("1", 1, False)],
)
def test_scalars_are_compared_as_matching_compares_them(one, other, same):
    assert same_leaf(one, other) is same


def test_members_changed_removed_and_added():
    assert found_in({"a": 1, "b": [2], "c": None}, {"a": 2, "c": None, "d": {}}) == [
        ("a", 1, 2),
        ("b", [2], ABSENT),
        ("d", ABSENT, {}),
    ]


def test_a_value_of_another_kind_is_one_difference():
    assert found_in({"a": "text"}, {"a": [{"text": "text"}]}) == [("a", "text", [{"text": "text"}])]
    assert found_in([], {}) == [("", [], {})]


def test_null_is_not_absent():
    assert found_in({}, {"a": None}) == [("a", ABSENT, None)]


def test_names_that_are_no_plain_words_are_quoted():
    assert found_in({"a b": {"c": 1}}, {"a b": {"c": 2}}) == [('["a b"].c', 1, 2)]


def test_an_item_put_in_front_is_the_only_difference():
    messages = [{"role": "user", "content": str(n)} for n in range(5)]
    extra = {"role": "system", "content": "x"}
    assert found_in(messages, [extra, *messages]) == [("[0]", ABSENT, extra)]
    assert found_in([extra, *messages], messages) == [("[0]", extra, ABSENT)]


def test_a_window_that_moves_on_is_one_item_less_and_one_more():
    texts = ["one", "two", "three", "four"]
    assert found_in(texts[:3], texts[1:]) == [("[0]", "one", ABSENT), ("[2]", ABSENT, "four")]


def test_changed_items_are_compared_with_those_of_their_kind():
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "system", "content": "s"}, {"role": "user", "content": "A"}, old[1]]
    assert found_in(old, new) == [
        ("[0]", ABSENT, {"role": "system", "content": "s"}),
        ("[0].content", "a", "A"),
    ]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda name, value: {"name": name, "schema": value},
        lambda name, value: {"type": "function", "function": {"name": name, "schema": value}},
        lambda name, value: {"toolSpec": {"name": name, "schema": value}},
    ],
)
def test_tools_are_compared_by_name(wrap):
    old = [wrap("a", 1), wrap("b", 2), wrap("c", 3)]
    new = [wrap("d", 4), wrap("b", 5), wrap("a", 1)]
    found = differences(old, new)
    assert [f.recorded for f in found] == [2, old[2], ABSENT, ["a", "b"]]
    assert [f.sent for f in found] == [5, ABSENT, new[0], ["b", "a"]]
    assert [f.kind for f in found] == ["value", "value", "value", "order"]


def test_items_that_share_a_name_are_compared_by_position():
    old, new = [{"name": "a", "x": 1}, {"name": "a"}], [{"name": "a"}, {"name": "a", "x": 1}]
    assert found_in(old, new) != []
    assert all(found.kind == "value" for found in differences(old, new))


def test_a_place_knows_whether_both_paths_are_the_same():
    found = differences({"a": ["x", {"b": 1}]}, {"a": [{"b": 2}]})
    assert [(f.path, f.aligned) for f in found] == [("a[0]", True), ("a[1].b", False)]
    assert differences({"a": 1}, {"a": 2})[0].aligned


def test_at_most_so_many_are_found():
    assert len(differences([0] * 5000, [1] * 5000)) == 1000
    assert len(differences([0] * 5000, [1] * 5000, most=3)) == 3


def test_a_leaf_may_be_equal_by_another_rule():
    same = lambda one, other: str(one).lower() == str(other).lower()  # noqa: E731
    assert differences({"a": "X", "b": ["Y"]}, {"a": "x", "b": ["y"]}, same=same) == []


def in_object(value):
    return {"a": value}


def in_array(value):
    return [value]


def first_of_two(value):
    return [value, 2]


def nested(value, inside):
    for _ in range(20_000):
        value = inside(value)
    return value


@pytest.mark.parametrize("inside", [in_object, in_array, first_of_two])
def test_depth_is_no_obstacle(inside):
    (found,) = differences(nested(1, inside), nested(3, inside))
    assert (found.recorded, found.sent) == (1, 3)
    assert " … " in found.path
    assert len(found.path) < 120


def test_deep_items_that_have_to_be_aligned_are_no_obstacle():
    deep = nested([], in_array)
    (found,) = differences([1, deep], [deep])
    assert found.recorded == 1


@pytest.mark.parametrize("length", [2000, 300_000])
def test_long_arrays_take_linear_time(length):
    numbers = [n % 7 for n in range(length)]
    assert len(differences(numbers, [*numbers[: length // 2], 9, *numbers[length // 2 + 1 :]])) == 1
    assert differences(numbers, [n + 1 for n in numbers])
