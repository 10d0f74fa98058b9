"""The page in docs/results is what its JSON gives."""

import re
from pathlib import Path

import matplotlib
import pytest

from digitile.papers.report import write_report
from tests.pages import check

KEPT = Path(__file__).parents[2] / "docs" / "results"


@pytest.mark.skipif(not any(KEPT.glob("*.json")), reason="no results are kept in docs/results")
def test_the_page_is_rebuilt_without_a_difference(tmp_path: Path) -> None:
    written = write_report(KEPT, tmp_path)
    drawn = next(path for path in written if path.suffix == ".svg")
    before = (KEPT / drawn.relative_to(tmp_path)).read_text(encoding="utf-8")
    # another Matplotlib may draw the same figures by other words
    same_library = f"Matplotlib v{matplotlib.__version__}," in before
    for path in written:
        texts = [
            own.read_text(encoding="utf-8") for own in (path, KEPT / path.relative_to(tmp_path))
        ]
        if not same_library:
            texts = [re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL) for text in texts]
        assert texts[0] == texts[1], path.name
    check(written[0].read_text(encoding="utf-8"))
    kept = [path for path in KEPT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in kept) < 6_000_000
