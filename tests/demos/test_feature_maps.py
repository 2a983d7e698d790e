"""The picture of a layer's channels."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from demos import draw


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """A function that draws, and gives the figure."""
    figures = []
    whole = Figure.savefig

    def noting(figure, *args, **how):
        figures.append(figure)
        whole(figure, *args, **how)

    monkeypatch.setattr(Figure, "savefig", noting)

    def run(activation, **how):
        path = draw.feature_maps(np.asarray(activation, float), tmp_path / "a.png", "T", **how)
        with Image.open(path) as picture:
            assert picture.size[0] > 400
        return figures[-1]

    return run


def shown(figure):
    """(title, array) of each panel."""
    return [(ax.get_title(), ax.images[0].get_array()) for ax in figure.axes if ax.images]


ACTIVATION = np.array([0, 3, 1, 2]).reshape(4, 1, 1) * np.ones((4, 2, 3))


def test_the_most_active_channels_come_first_under_their_numbers(drawn):
    panels = shown(drawn(ACTIVATION))
    assert [title for title, _ in panels] == ["1", "3", "2", "0"]
    for title, array in panels:
        assert np.array_equal(array, ACTIVATION[int(title)])


def test_no_more_are_drawn_than_wanted_and_the_caption_says_so(drawn):
    figure = drawn(ACTIVATION, most=2, picture=np.zeros((2, 3, 3)))
    assert [title for title, _ in shown(figure)] == ["image", "1", "3"]
    assert "the 2 most active of 4 channels" in figure.axes[-1].get_xlabel()
    assert "all 4 channels" in drawn(ACTIVATION).axes[-1].get_xlabel()


def test_all_have_one_scale_from_zero_or_around_it(drawn):
    for activation, low in ((ACTIVATION, 0), (-ACTIVATION, -3)):
        limits = {ax.images[0].get_clim() for ax in drawn(activation).axes if ax.images}
        assert limits == {(low, 3)}


def test_a_layer_that_is_off_is_drawn_all_the_same(drawn):
    assert len(shown(drawn(0 * ACTIVATION))) == 4
