"""The page on gradient checking: what it shows is what ran, and it leaves nothing behind."""

import html

import numpy as np
import pytest
from PIL import Image

from autograd import check_grad, override
from autograd.op import registry
from demos import draw, gradcheck
from demos.page import Page, write_page


@pytest.fixture(autouse=True)
def no_op_stays():
    before = dict(registry)
    yield
    assert registry == before


def test_its_run_writes_the_page_and_tells_the_message(tmp_path, capsys):
    gradcheck.main(["--out", str(tmp_path)])
    made = gradcheck.page(tmp_path)  # A second time in this process, too.
    shown = (tmp_path / "gradcheck.html").read_text("utf-8")
    told = capsys.readouterr().out
    assert len(made.listings) == 5
    for title, text in made.listings:
        assert html.escape(title) in shown
        assert html.escape(text) in shown
        assert all(line in told for line in text.splitlines())
    pictures = {path.name for path, _ in made.pictures}
    assert {path.name for path in tmp_path.iterdir()} == {"gradcheck.html", *pictures}
    for name in pictures:
        assert f'src="{name}"' in shown
        with Image.open(tmp_path / name) as image:
            assert np.asarray(image.convert("L"), dtype=float).std() > 10


def test_the_code_it_shows_says_what_it_shows(tmp_path):
    (_, op), (_, right), (_, rule), (_, wrong), _ = gradcheck.page(tmp_path, seed=3).listings
    names = {}
    exec(op, names)
    exec(rule, names)
    x = gradcheck.points(3)
    try:
        assert str(check_grad(names["swish"], x, order=2)) == right
        with override(swish=names["forgetful_rule"]):
            assert str(check_grad(names["swish"], x, order=2, raises=False)) == wrong
    finally:
        del registry["swish"]
    assert "mismatch" not in right
    assert "is wrong" in wrong
    assert len([line for line in op.splitlines() if line]) <= 10


def test_its_table_has_every_verdict_but_a_mismatch(tmp_path):
    _, table = gradcheck.page(tmp_path).listings[-1]
    verdicts = {line[:24].strip(): line[24:42] for line in table.splitlines()}
    for what in ("relu at 0", "abs at 0", "maximum(x, y) at x = y"):
        assert "kink" in verdicts[what]
    for what in ("sign at 0", "sqrt at 0"):
        assert "inconclusive" in verdicts[what]
    assert verdicts["swish at 0, wrong rule"].split() == ["5", "ok"]
    assert "mismatch" not in table


@pytest.mark.parametrize("seed", range(5))
def test_only_the_right_rule_is_ever_near_a_difference(seed, tmp_path, monkeypatch):
    drawn = {}

    def differences_and_rules(x, differences, h, curve, said, *rest):
        drawn.update({name: np.abs(differences - at).max(axis=1) for name, (_, at) in said.items()})

    monkeypatch.setattr(draw, "differences_and_rules", differences_and_rules)
    gradcheck.page(tmp_path, seed=seed)
    # At the best step, truncation and rounding are ε^(2/3), or 4e-11, times numbers of order 1.
    assert drawn["right rule"].min() < 1e-9
    # What the wrong rule forgets, x s (1 − s), is above 0.19 for |x| from 1.2 to 1.8: one point is.
    assert drawn["wrong rule"].min() > 0.15


def test_the_op_is_taken_out_again_when_the_page_fails(tmp_path, monkeypatch):
    def full(*args):
        raise OSError("no space left")

    monkeypatch.setattr(draw, "one_sided_slopes", full)
    with pytest.raises(OSError, match="no space left"):
        gradcheck.page(tmp_path)


def test_a_listing_is_shown_as_text(tmp_path):
    page = Page("t", "x", "c", listings=[("a < b", "if a < b & c:\n    <br>")])
    shown = write_page(page, tmp_path / "page.html").read_text("utf-8")
    assert "<h3>a &lt; b</h3>\n<pre>if a &lt; b &amp; c:\n    &lt;br&gt;</pre>" in shown
