"""What every figure does on the Python side, for all figures of the package `widgets`."""

import json
import re

import pytest
import traitlets as t

from kinds import ACTS, EXPORTED, KINDS


@pytest.fixture(params=EXPORTED)
def kind(request):
    return KINDS[request.param]


def test_every_figure_of_the_package_has_its_line():
    assert set(KINDS) == set(ACTS) == set(EXPORTED)
    for name, kind in KINDS.items():
        assert kind.first().kind == kind.hostile().kind == name


def test_an_unknown_trait_is_a_type_error(kind):
    with pytest.raises(TypeError, match="has no trait 'window'"):
        kind.first(window=1)


def test_every_named_state_is_one_the_traits_accept(kind):
    shown = kind.first()
    assert shown.shows()
    for name, state in shown.shows().items():
        assert set(state) == set(shown.state), "a link sets all of the figure"
        shown.set_state(state)
        assert {key: getattr(shown, key) for key in state} == state, name


def test_a_value_of_no_kind_is_refused_and_the_state_kept(kind):
    shown = kind.first()
    before = repr(shown)
    for name in shown.state:
        for value in ({"a": {}}, [[{}]], "\ud800"):
            with pytest.raises(t.TraitError):
                setattr(shown, name, value)
            with pytest.raises(t.TraitError):
                shown.set_state({name: value})
    assert repr(shown) == before


def test_hostile_words_are_text(kind):
    for figure in (kind.hostile(), kind.first()):
        for state in [{}, *figure.shows().values()]:
            figure.set_state(state)
            html = figure.to_html()
            assert "<img" not in html
            assert html.count("<script") == 1
            data = re.search(r'<script type="application/json">(.*?)</script></figure>$', html, re.DOTALL)[1]
            assert "<" not in data
            assert json.loads(data)["state"] == {name: getattr(figure, name) for name in figure.state}


def test_the_same_figure_is_written_twice_with_the_same_letters(kind):
    assert kind.first().to_html() == kind.first().to_html()
