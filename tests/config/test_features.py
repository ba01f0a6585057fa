"""Names of features: each has one meaning, and a wrong one leads to the nearest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnforecast.config.features import (
    FEATURES,
    check_feature,
    own_feature,
    parse_feature,
    without_folder,
)


@pytest.mark.parametrize(("name", "window"), FEATURES.items())
def test_a_feature_has_its_usual_window_and_takes_another_only_if_it_has_one(
    name: str, window: int | None
) -> None:
    assert parse_feature(name) == (name, window or 0)
    if window is None:
        with pytest.raises(ValueError, match="no feature is called"):
            parse_feature(f"{name}_7")
    else:
        assert parse_feature(f"{name}_7") == (name, 7)


@pytest.mark.parametrize(
    "name", ["rsi_1", "rsi_0", "rsi_1001", "rsi_-3", "rsi_٣x", "log_volatility_0"]
)
def test_a_window_has_two_to_a_thousand_bars(name: str) -> None:
    with pytest.raises(ValueError, match="no feature is called"):
        parse_feature(name)


def test_a_volatility_of_one_bar_is_one() -> None:
    assert parse_feature("log_volatility_1") == ("log_volatility", 1)


def test_a_slip_leads_to_the_nearest_name_and_nonsense_to_the_list() -> None:
    with pytest.raises(ValueError, match="did you mean garman_klass"):
        check_feature("garman_class")
    with pytest.raises(ValueError, match="rnnforecast features list"):
        check_feature("qqqq")
    with pytest.raises(ValueError, match="names no function in a file"):
        check_feature("mine.py")


@given(
    folder=st.sampled_from(["", "a/", "/tmp/b c/", "../"]),
    file=st.text("abz_", min_size=1, max_size=8),
    function=st.text("abz_", min_size=1, max_size=8),
)
@settings(max_examples=30, deadline=None)
def test_a_function_in_a_file_is_read_as_its_parts_and_shown_without_its_folder(
    folder: str, file: str, function: str
) -> None:
    file += ".py"
    name = f"{folder}{file}:{function}"
    assert own_feature(name) == (folder + file, function) and check_feature(name) == name
    assert without_folder(name) == f"{file}:{function}"
