"""The gallery as HTML: one file, a section for each page, that needs nothing from outside."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograd.files import write_atomically

from .code import Code, highlighted


@dataclass
class Page:
    """What a demo made: texts, pictures in the gallery's folder, and what to see in them."""

    title: str
    text: str  # Paragraphs, separated by empty lines.
    command: str  # What makes this page again.
    pictures: list[tuple[Path, str]] = field(default_factory=list)  # (file, caption of paragraphs)
    listings: list[tuple[str, str]] = field(default_factory=list)  # (title, code or output)
    codes: list[Code] = field(default_factory=list)  # Of the techniques that it shows.


STYLE = """
body { max-width: 72rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 Georgia, serif; color: #222 }
h1, h2, h3, nav { font-family: Helvetica, Arial, sans-serif }
section { border-top: 1px solid #ccc; margin-top: 2.5rem }
p { max-width: 44rem }
figure { margin: 1rem 0 }
img { max-width: 100%; height: auto }
figcaption { max-width: 44rem; color: #555; font-size: .9rem }
pre { background: #f3f3f3; padding: .5rem; overflow-x: auto; font-size: .85rem; line-height: 1.3 }
code { background: #f3f3f3; padding: .1rem .3rem; font-size: .85rem }
nav a { margin-right: 1rem }
summary { cursor: pointer; margin: .4rem 0 }
summary code { font-weight: bold }
.keyword { color: #332288; font-weight: bold }
.string { color: #117733 }
.comment { color: #882255 }
"""


def write_index(pages: Sequence[Page], folder: Path, introduction: str) -> Path:
    """Write index.html, whole or not at all, over the pictures that lie beside it."""
    links = "".join(f'<a href="#{i}">{html.escape(p.title)}</a>' for i, p in enumerate(pages))
    sections = "\n".join(section(i, page) for i, page in enumerate(pages))
    body = f"{paragraphs(introduction)}\n<nav>{links}</nav>\n{sections}"
    return write_html(folder / "index.html", "Backlight: the gallery", body)


def write_page(page: Page, path: Path) -> Path:
    """Write one page as a file of its own, beside its pictures."""
    return write_pages([page], path)


def write_pages(pages: Sequence[Page], path: Path) -> Path:
    """Write pages that belong together as one file, beside their pictures."""
    body = "\n".join(section(i, page) for i, page in enumerate(pages))
    return write_html(path, "Backlight: a page of the gallery", body)


def write_html(path: Path, title: str, body: str) -> Path:
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{html.escape(title)}</h1>
{body}
</body>
</html>
"""
    write_atomically(path, text.encode())
    return path


def section(i: int, page: Page) -> str:
    listings = "\n".join(
        f"<h3>{html.escape(title)}</h3>\n<pre>{html.escape(text)}</pre>"
        for title, text in page.listings
    )
    figures = "\n".join(
        f'<figure><a href="{html.escape(file.name)}">'
        f'<img src="{html.escape(file.name)}" alt="{html.escape(first_paragraph(caption))}"></a>'
        f"<figcaption>{paragraphs(caption)}</figcaption></figure>"
        for file, caption in page.pictures
    )
    codes = "\n".join(
        f"<details><summary><code>{html.escape(code.name)}</code> {html.escape(code.says)}"
        f"</summary><pre>{highlighted(code.source)}</pre></details>"
        for code in page.codes
    )
    return f"""<section id="{i}">
<h2>{html.escape(page.title)}</h2>
{paragraphs(page.text)}
{listings}
{figures}
{codes}
<p>Make it again: <code>{html.escape(page.command)}</code></p>
</section>"""


def first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def paragraphs(text: str) -> str:
    return "\n".join(f"<p>{html.escape(' '.join(p.split()))}</p>" for p in text.split("\n\n"))
