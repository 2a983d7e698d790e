"""The gallery's index: one HTML file, a section for each page, that needs nothing from outside."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .draw import write_atomically


@dataclass
class Page:
    """What a demo made: pictures in the gallery's folder, and what to see in them."""

    title: str
    text: str  # Paragraphs, separated by empty lines.
    command: str  # What makes this page again.
    pictures: list[tuple[Path, str]] = field(default_factory=list)  # (file, caption)


STYLE = """
body { max-width: 72rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 Georgia, serif; color: #222 }
h1, h2, nav { font-family: Helvetica, Arial, sans-serif }
section { border-top: 1px solid #ccc; margin-top: 2.5rem }
p { max-width: 44rem }
figure { margin: 1rem 0 }
img { max-width: 100%; height: auto }
figcaption { max-width: 44rem; color: #555; font-size: .9rem }
code { background: #f3f3f3; padding: .1rem .3rem; font-size: .85rem }
nav a { margin-right: 1rem }
"""


def write_index(pages: Sequence[Page], folder: Path, introduction: str) -> Path:
    """Write index.html, whole or not at all, over the pictures that lie beside it."""
    links = "".join(f'<a href="#{i}">{html.escape(p.title)}</a>' for i, p in enumerate(pages))
    sections = "\n".join(section(i, page) for i, page in enumerate(pages))
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Backlight: the gallery</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Backlight: the gallery</h1>
{paragraphs(introduction)}
<nav>{links}</nav>
{sections}
</body>
</html>
"""
    return write_atomically(folder / "index.html", lambda file: file.write(text.encode()))


def section(i: int, page: Page) -> str:
    figures = "\n".join(
        f'<figure><img src="{html.escape(file.name)}" alt="{html.escape(caption)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for file, caption in page.pictures
    )
    return f"""<section id="{i}">
<h2>{html.escape(page.title)}</h2>
{paragraphs(page.text)}
{figures}
<p>Make it again: <code>{html.escape(page.command)}</code></p>
</section>"""


def paragraphs(text: str) -> str:
    return "\n".join(f"<p>{html.escape(' '.join(p.split()))}</p>" for p in text.split("\n\n"))
