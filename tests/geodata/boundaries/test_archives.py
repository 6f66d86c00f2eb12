"""An uploaded zip is never trusted: no bomb, nothing outside its folder, nothing encrypted."""

from __future__ import annotations

import stat
import zipfile

import pytest

from geodata.boundaries import UnsafeArchive, archives, read_boundaries


def archive(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def test_what_was_zipped_comes_out(tmp_path):
    file = archive(tmp_path / "a.zip", **{"one.shp": b"1", "deep/two.DBF": b"22"})
    out = archives.unpack(file, tmp_path / "out")
    assert [(f.name, f.read_bytes()) for f in out] == [("two.dbf", b"22"), ("one.shp", b"1")]


@pytest.mark.parametrize(
    "name", ["../evil.shp", "a/../../evil.shp", "/etc/evil.shp", "..\\evil.shp", "C:\\evil.shp"]
)
def test_names_that_point_outside_write_nothing(tmp_path, name):
    out = tmp_path / "deep" / "out"
    with pytest.raises(UnsafeArchive, match="points outside"):
        archives.unpack(archive(tmp_path / "a.zip", **{"ok.shp": b"1", name: b"evil"}), out)
    assert not list(tmp_path.rglob("*evil*"))
    assert not out.exists()


def test_a_bomb_is_refused_by_its_declared_size(tmp_path):
    file = archive(tmp_path / "bomb.zip", **{"w.dbf": bytes(60 * 1024**2)})
    with pytest.raises(UnsafeArchive, match="times its size"):
        archives.unpack(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bomb_that_lies_about_its_size_is_stopped_while_unpacking(tmp_path):
    file = archive(tmp_path / "bomb.zip", **{"w.dbf": bytes(60 * 1024**2)})
    raw = file.read_bytes()
    honest, lie = (60 * 1024**2).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert raw.count(honest) == 2  # the local header and the central directory
    file.write_bytes(raw.replace(honest, lie))
    with pytest.raises(UnsafeArchive):
        archives.unpack(file, tmp_path / "out")
    assert sum(f.stat().st_size for f in (tmp_path / "out").rglob("*")) <= archives.RATIO_MATTERS_FROM


def test_too_large_is_refused_even_when_honest(tmp_path):
    file = archive(tmp_path / "a.zip", **{"w.dbf": bytes(range(256)) * 40})
    with pytest.raises(UnsafeArchive, match="more than"):
        archives.unpack(file, tmp_path / "out", max_bytes=10_000)


def test_too_many_members(tmp_path):
    file = archive(tmp_path / "a.zip", **{f"{i}.txt": b"" for i in range(archives.MAX_MEMBERS + 1)})
    with pytest.raises(UnsafeArchive, match="2,001 files"):
        archives.unpack(file, tmp_path / "out")


def test_symbolic_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("w.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafeArchive, match="symbolic link"):
        archives.unpack(tmp_path / "a.zip", tmp_path / "out")


def test_encryption_is_refused(tmp_path):
    file = archive(tmp_path / "a.zip", **{"w.shp": b"secret"})
    raw = bytearray(file.read_bytes())
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(marker) + offset] |= 1
    file.write_bytes(raw)
    with pytest.raises(UnsafeArchive, match="encrypted"):
        archives.unpack(file, tmp_path / "out")


@pytest.mark.parametrize("cut", [30, 60, -30])
def test_a_cut_off_zip_gets_a_sentence(tmp_path, cut):
    file = archive(tmp_path / "a.zip", **{"w.shp": bytes(range(256)) * 9})
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(UnsafeArchive, match="cannot be unpacked"):
        read_boundaries(file)


def test_a_flipped_byte_is_noticed(tmp_path):
    file = archive(tmp_path / "a.zip", **{"w.shp": bytes(range(256)) * 9})
    raw = bytearray(file.read_bytes())
    raw[60] ^= 0xFF
    file.write_bytes(raw)
    with pytest.raises(UnsafeArchive):
        archives.unpack(file, tmp_path / "out")


def test_litter_of_the_desktop_is_left_out(tmp_path):
    file = archive(tmp_path / "a.zip", **{"__MACOSX/._w.shp": b"x", ".DS_Store": b"x", "w.shp": b"1"})
    assert [f.name for f in archives.unpack(file, tmp_path / "out")] == ["w.shp"]
