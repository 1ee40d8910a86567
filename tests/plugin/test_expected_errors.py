"""What a test expects, where there is no source to read it from."""

from __future__ import annotations

from conftest_plugin.verdict.expected_errors import expects_an_error, expects_one_in_a_group

MADE = compile("def test_x(): pass", "<made>", "exec")


def test_it_has_the_benefit_of_the_doubt_where_the_error_came_through_it():
    assert expects_an_error(MADE, 1)


def test_it_expects_nothing_in_a_group():
    assert not expects_one_in_a_group(MADE)
