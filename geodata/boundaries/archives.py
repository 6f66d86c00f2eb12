"""Unpacks an uploaded zip without trusting it.

Declared sizes are checked before a byte is written and actual sizes while writing, because a bomb may lie
about the first. Nothing is ever written outside the given folder, and zips inside the zip stay packed.
"""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

from geodata.boundaries.errors import UnsafeArchive

MAX_BYTES = 2 * 1024**3  # a national precinct file unpacks to under 1 GB
MAX_MEMBERS = 2_000
MAX_RATIO = 250  # real .dbf files full of blanks reach about 100, a bomb 1,000
RATIO_MATTERS_FROM = 20 * 1024**2  # small files cannot hurt, however well they compress
_CHUNK = 1024**2


def unpack(path: Path, folder: Path, *, max_bytes: int = MAX_BYTES) -> list[Path]:
    """Unpack the zip at `path` into `folder` and return the files written, sorted.

    Names are kept but for the folder structure, which stays below `folder`; extensions become lower case.
    Raises UnsafeArchive for a bomb, a name that points outside, a symbolic link, encryption or damage.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
            _check_declared(members, max_bytes)
            return _write_all(archive, members, folder, max_bytes)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as problem:
        raise UnsafeArchive(
            f"The zip cannot be unpacked ({problem}). Zip the files again and upload it once more."
        ) from problem


def _check_declared(members: list[zipfile.ZipInfo], max_bytes: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnsafeArchive(
            f"The zip holds {len(members):,} files, more than {MAX_MEMBERS:,}. Zip the boundaries alone."
        )
    total, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    _check_size(total, packed, max_bytes)
    for member in members:
        _check_name(member)


def _check_size(total: int, packed: int, max_bytes: int) -> None:
    if total > max_bytes:
        raise UnsafeArchive(
            f"The zip unpacks to {total / 1024**2:,.0f} MB, more than the {max_bytes / 1024**2:,.0f} MB "
            "allowed. Simplify the boundaries or split the file."
        )
    if total > RATIO_MATTERS_FROM and total > MAX_RATIO * max(packed, 1):
        raise UnsafeArchive(
            f"The zip unpacks to {total / max(packed, 1):,.0f} times its size, as zip bombs do. "
            "If the file is honest, upload it as GeoPackage or FlatGeobuf instead."
        )


def _check_name(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    outside = ".." in parts or name.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", name) or "\0" in name
    if outside:
        raise UnsafeArchive(f"The zip holds a file that points outside it ({name!r}). Zip the files again.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnsafeArchive(f"The zip holds a symbolic link ({name!r}). Put the file itself into the zip.")
    if member.flag_bits & 0x1:
        raise UnsafeArchive("The zip is encrypted. Zip the files again without a password.")


def _write_all(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path, max_bytes: int
) -> list[Path]:
    packed = sum(m.compress_size for m in members)
    written, total = [], 0
    for member in members:
        target = _target(member, folder)
        total = _write(archive, member, target, total, packed, max_bytes)
        written.append(target)
    return sorted(written)


def _write(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, total: int, packed: int, max_bytes: int
) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            total += len(chunk)
            _check_size(total, packed, max_bytes)
            out.write(chunk)
    return total


def _target(member: zipfile.ZipInfo, folder: Path) -> Path:
    inside = PurePosixPath(member.filename.replace("\\", "/"))
    target = (folder / inside.with_suffix(inside.suffix.lower())).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise UnsafeArchive(f"The zip holds a file that points outside its folder ({member.filename!r}).")
    return target


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))
