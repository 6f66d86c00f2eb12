"""When and what to build: packages by npm, bundles by esbuild, nothing when nothing changed."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from volunteer_hub.core.assets import STATIC
from volunteer_hub.frontend.node import Node, NoNode, find_node

ROOT = Path(__file__).parent.parent.parent
BUNDLER = Path(__file__).parent / "bundle.mjs"
INSTALL_TIMEOUT_S = 300
BUNDLE_TIMEOUT_S = 120
KEPT_DAYS = 7  # pages opened before a deployment still fetch the files they name
SOURCES = ("css/*.css", "behaviours/**/*.mjs", "icons/*.svg", "icons/*.png")
Say = Callable[[str], None]


class BuildFailed(RuntimeError):
    """The bundles could not be made; the sentence says why."""


def build(root: Path = ROOT, static: Path = STATIC, *, say: Say = print, force: bool = False) -> bool:
    """Install the packages and bundle. Returns whether anything was built (False: all was up to date).

    Raises BuildFailed with a sentence for the person when Node, the packages or a source fail.
    """
    stamp = fingerprint(root, static)
    mark = static / "dist" / "inputs.txt"
    if not force and (static / "dist" / "manifest.json").is_file() and _text(mark) == stamp:
        return False
    try:
        node = find_node()
        install(node, root, say=say)
        bundle(node, root, static)
    except (NoNode, subprocess.TimeoutExpired) as fault:
        raise BuildFailed(str(fault)) from fault
    compress(static / "dist")
    sweep(static / "dist")
    mark.write_text(stamp, encoding="utf-8")
    return True


def fingerprint(root: Path, static: Path) -> str:
    """A hash over everything that goes into the bundles: sources, the bundler, the locked packages."""
    digest = hashlib.sha256()
    for path in (root / "package-lock.json", BUNDLER, *_sources(static)):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def install(node: Node, root: Path, *, say: Say) -> None:
    """Fetch exactly the locked packages, unless they are there already."""
    lock = root / "package-lock.json"
    if not lock.is_file():
        raise BuildFailed("package-lock.json is missing: build the front end from a checkout of the project.")
    mark = root / "node_modules" / ".installed-lock.txt"
    stamp = hashlib.sha256(lock.read_bytes()).hexdigest()
    if _text(mark) == stamp:
        return
    say("Fetching the browser packages from npm …")
    # Install scripts are not needed and stay off: packages are data here.
    options = ("--ignore-scripts", "--prefer-offline", "--fetch-retries=1")
    answer = node.npm("ci", *options, cwd=root, timeout_s=INSTALL_TIMEOUT_S)
    if answer.returncode != 0:
        raise BuildFailed(f"npm could not fetch the browser packages: {_what_npm_said(answer.stderr)}")
    mark.write_text(stamp, encoding="utf-8")


def bundle(node: Node, root: Path, static: Path) -> None:
    """Run bundle.mjs: files with hashed names first, then the manifest that names them, at once."""
    answer = node.run(str(BUNDLER), str(root), str(static), cwd=root, timeout_s=BUNDLE_TIMEOUT_S)
    if answer.returncode != 0:
        raise BuildFailed(f"esbuild refused a source: {_last_lines(answer.stderr, 12)}")


def compress(dist: Path) -> None:
    """Leave a gzip copy beside each text file that has none (bundle.mjs leaves the Brotli ones)."""
    for path in dist.iterdir():
        copy = path.with_name(path.name + ".gz")
        if path.suffix in (".js", ".css", ".svg") and not copy.exists():
            copy.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def sweep(dist: Path, *, now_s: float | None = None) -> list[str]:
    """Remove what the manifest no longer names once it is KEPT_DAYS old. Returns the removed names."""
    named = set(json.loads((dist / "manifest.json").read_text(encoding="utf-8")).values())
    oldest = (now_s or time.time()) - KEPT_DAYS * 24 * 3600
    removed = []
    for path in dist.iterdir():
        plain = path.name.removesuffix(".gz").removesuffix(".br")
        if (
            plain in named
            or plain in ("manifest.json", "offline.json", "inputs.txt")
            or path.stat().st_mtime > oldest
        ):
            continue
        path.unlink()
        removed.append(path.name)
    return removed


def _sources(static: Path) -> Iterable[Path]:
    return sorted(path for pattern in SOURCES for path in static.glob(pattern))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _what_npm_said(text: str) -> str:
    """npm puts the reason first and advice after it."""
    lines = [
        line.removeprefix("npm error ").strip() for line in text.splitlines() if line.startswith("npm error ")
    ]
    return "; ".join(lines[:3]) or _last_lines(text)


def _last_lines(text: str, count: int = 4) -> str:
    return "\n".join(text.strip().splitlines()[-count:]) or "it said nothing"
