"""Take the pictures of a page that the documents show: python tests/report/pictures.py REPORT.html PICTURE.png.

Needs Chromium and Playwright. The picture is the first screen, at the width of a usual window.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

SCREEN = {"width": 1280, "height": 1000}


def take(page: Path, picture: Path, scheme: str = "light") -> None:
    """Save the first screen of a page in a colour scheme."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page(viewport=SCREEN, color_scheme=scheme)  # type: ignore[arg-type,call-overload]
        opened.goto(page.resolve().as_uri())
        opened.screenshot(path=picture)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="take the picture of a page")
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    given = parser.parse_args()
    take(given.page, given.picture, given.scheme)


if __name__ == "__main__":
    main()
