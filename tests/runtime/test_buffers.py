"""Sound that lies in a file: a full disk is an error that can be told, not the end of the process."""

from __future__ import annotations

import errno
import os
import tempfile

import numpy as np
import pytest

from imbatch2soundvisu.runtime import buffers

LONG = buffers.PIECE * 6 + 5


def refusing(code: int):
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def usable(samples: np.ndarray) -> bool:
    samples[-1] = 1
    for _ in buffers.pieces(samples):
        pass
    return samples.shape == (LONG, 2) and samples.dtype == np.float32 and float(samples.sum()) == 2


def test_long_sound_lies_in_a_file_with_all_its_room(elsewhere, monkeypatch):
    files = []
    memmap = np.memmap
    monkeypatch.setattr(
        np, "memmap", lambda file, *a, **k: files.append(os.fstat(file.fileno())) or memmap(file, *a, **k)
    )
    assert usable(buffers.scratch(LONG))
    assert files[0].st_size == LONG * 8


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs posix_fallocate")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_with_the_way_out(elsewhere, monkeypatch, code):
    monkeypatch.setattr(os, "posix_fallocate", refusing(code))
    with pytest.raises(OSError, match="no room for .* MB.*TMPDIR") as caught:
        buffers.scratch(LONG)
    assert caught.value.errno == code
    assert caught.value.filename == str(elsewhere)
    assert usable(np.zeros((LONG, 2), np.float32))


@pytest.mark.parametrize("there", [True, False])
def test_where_room_cannot_be_reserved_zeros_are_written(elsewhere, monkeypatch, there):
    if there:
        monkeypatch.setattr(os, "posix_fallocate", refusing(errno.EOPNOTSUPP), raising=False)
    else:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    written = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda f, data: written.append(write(f, data[: 1 << 20])) or written[-1])
    assert usable(buffers.scratch(LONG))
    assert sum(written) == LONG * 8
    monkeypatch.setattr(os, "write", refusing(errno.ENOSPC))
    with pytest.raises(OSError, match="TMPDIR") as caught:
        buffers.scratch(LONG)
    assert caught.value.filename == str(elsewhere)


def test_another_failure_stays_what_it_is(elsewhere, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", refusing(errno.EIO), raising=False)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        buffers.scratch(LONG)
