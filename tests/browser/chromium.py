"""A Chromium for the browser tests: the machine's, else one that is installed now, else none, said loudly.

`python tests/browser/chromium.py` (part of `make test`) installs one before the tests start. The tests
ask `launch(playwright)`, or skip with the reason `WHY_NONE`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGE_WAIT_S, DOWNLOAD_WAIT_S, START_WAIT_S = 600, 600, 120
WHY_NONE = (
    "no Chromium on this machine and none could be installed: the browser tests do not run. "
    "Install the package chromium, or set CHROMIUM=/path/to/chrome"
)
# Software drawing, so that maps work without a graphics card; and no calls home.
OPTIONS = [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find() -> Path | None:
    """Chromium's program: CHROMIUM, one on the PATH, or the one Playwright downloaded."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else _downloaded()


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium. Root may not use its sandbox."""
    program = find()
    if program is None:
        raise RuntimeError(WHY_NONE)
    options = [*OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else OPTIONS
    return playwright.chromium.launch(
        executable_path=str(program), args=options, headless=True, timeout=START_WAIT_S * 1000
    )


def provide() -> Path | None:
    """Find one, or install one: with apt as root, else by Playwright's own download."""
    return find() or _install_package() or _download()


def _install_package() -> Path | None:
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        return None
    print("Installing chromium for the browser tests ...", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        if not _ran([apt, *words], environ, PACKAGE_WAIT_S):
            return None
    return find()


def _download() -> Path | None:
    print("Downloading a Chromium for the browser tests ...", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return find() if _ran(command, dict(os.environ), DOWNLOAD_WAIT_S) else None


def _downloaded() -> Path | None:
    """Playwright keeps its browsers in a cache of the user's; the newest of them."""
    homes = {
        "linux": Path.home() / ".cache/ms-playwright",
        "darwin": Path.home() / "Library/Caches/ms-playwright",
    }
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or homes.get(sys.platform, "/nonexistent"))
    names = ("chrome-linux*/chrome", "chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
    found = sorted(path for name in names for path in home.glob(f"chromium-*/{name}"))
    return found[-1] if found else None


def _ran(command: list[str], environ: dict[str, str], wait_s: int) -> bool:
    try:
        done = subprocess.run(
            command, env=environ, timeout=wait_s, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    chosen = provide()
    print(f"Browser tests use {chosen}." if chosen else f"ATTENTION: {WHY_NONE}.")
