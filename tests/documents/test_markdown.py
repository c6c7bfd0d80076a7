"""The Markdown that an executed notebook becomes."""

from __future__ import annotations

import base64

import pytest
from executed import PIXEL, code, notebook, prose, shown, stream

from kedro_faucet.documents.markdown import render


def test_a_report_in_markdown() -> None:
    """Prose stays as it is, code is fenced behind a line that opens, and what is printed is fenced too."""
    text, files = render(notebook(prose("# Year\n\nIn *short*."), code("print(1)", stream("1\n"))))
    folded = "<details><summary>Code</summary>\n\n```python\nprint(1)\n```\n\n</details>"
    assert text == f"# Year\n\nIn *short*.\n\n{folded}\n\n```text\n1\n```\n"
    assert files == {}


def test_pictures_are_files_by_their_content() -> None:
    """Equal pictures are one file, which the text names."""
    text, files = render(notebook(code("x", *[shown({"image/png": PIXEL})] * 2)), folder="year_files")
    [(name, content)] = files.items()
    assert content == base64.b64decode(PIXEL)
    assert text.count(f"![Figure](year_files/{name})") == 2


def test_a_table_is_html_without_blank_lines() -> None:
    """A frame's table is sanitised, and in one piece for a reader of Markdown."""
    html = "<table>\n\n<tr onclick='x'><td>1</td></tr>\n \n</table><script>x</script>"
    text, _ = render(notebook(code("x", shown({"text/html": html, "text/plain": "1"}))), code="hidden")
    assert text == '<div class="table"><table>\n<tbody><tr><td>1</td></tr>\n</tbody></table></div>\n'


def test_markdown_of_data_is_sanitised() -> None:
    """Markdown that a cell makes, maybe of data, cannot bring a script."""
    text, _ = render(notebook(code("x", shown({"text/markdown": "**late** <script>hit()</script>"}))), code="hidden")
    assert text == "<p><strong>late</strong> </p>\n"


def test_no_text_leaves_its_fence() -> None:
    """A printed text with a fence in it stays in a longer one."""
    text, _ = render(notebook(code("x", stream("```\n<script>"))), code="hidden")
    assert text == "````text\n```\n<script>\n````\n"


@pytest.mark.parametrize(("cells", "expected"), [([], "# Late\n"), ([prose("# Year")], "# Year\n")])
def test_a_title_where_there_is_none(cells: list[dict[str, object]], expected: str) -> None:
    """The given title heads a notebook that has none."""
    assert render(notebook(*cells), title="Late")[0] == expected


def test_the_run_is_told() -> None:
    """The last line tells of the run."""
    text, _ = render(notebook(prose("# Year"), metadata={"faucet": {"run_id": "r7", "commit": "abc"}}))
    assert text.splitlines()[-1] == "*run r7 · commit abc*"
