"""Reads exports of other tools from files, folders and zip files. All input enters here."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pagewitness.files import Unreadable, read_regular
from pagewitness.importing.tools import changedetection, distill, urlwatch
from pagewitness.importing.tools.model import ExportError, Job

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of an export; of a folder or zip file: of the files in it that are read, decompressed."""
MAX_FILES = 200_000


class Tool(StrEnum):
    """The tools whose exports can be read."""

    CHANGEDETECTION = "changedetection.io"
    URLWATCH = "urlwatch"
    WEBCHANGES = "webchanges"
    DISTILL = "distill"


def read_jobs(tool: Tool, path: Path) -> Iterator[Job]:
    """Yield the jobs of an export.

    Args:
        tool: The tool that wrote it.
        path: urls.yaml or jobs.yaml; the JSON of Distill; of changedetection.io the data folder, a backup (zip), or one of its JSON files.

    Raises:
        ExportError: It cannot be read, or is no export of that tool.
    """
    if tool is Tool.CHANGEDETECTION:
        yield from changedetection.read_files(_files(path), str(path))
    elif tool is Tool.DISTILL:
        yield from distill.read_export(_content(path), str(path))
    else:
        yield from urlwatch.read_jobs(_text(path), str(path))


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from _files_of_folder(path)
    elif zipfile.is_zipfile(path) if path.is_file() else False:
        yield from _files_of_zip(path)
    else:
        yield str(path), _content(path)


def _files_of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    left = MAX_BYTES
    try:
        folders = [folder, *sorted(inner for inner in folder.iterdir() if inner.is_dir() and not inner.is_symlink())]
    except OSError as error:
        raise ExportError(f"{folder}: it can not be read: {error.strerror}") from None
    if len(folders) > MAX_FILES:
        raise ExportError(f"{folder}: it has {len(folders):,} folders; at most {MAX_FILES:,} are read")
    for inner in folders:
        for name in sorted(changedetection.NAMES):
            file = inner / name
            if file.is_file() and not file.is_symlink():
                content = _content(file, left)
                left -= len(content)
                yield str(file), content


def _files_of_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the JSON files of a backup. Sizes in the file are not trusted: decompression stops at the limit."""
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.rpartition("/")[2] in changedetection.NAMES]
            if len(names) > MAX_FILES:
                raise ExportError(f"{path}: it has {len(names):,} watches; at most {MAX_FILES:,} are read")
            for name in names:
                with archive.open(name) as file:
                    content = file.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise ExportError(f"{path}: its watches have more than {MAX_BYTES:,} bytes")
                yield f"{path}: {name}", content
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ExportError(f"{path}: this zip file can not be read: {error}") from None


def _content(path: Path, limit: int = MAX_BYTES) -> bytes:
    try:
        return read_regular(path, limit)
    except Unreadable as error:
        raise ExportError(f"{path}: {error}") from None


def _text(path: Path) -> str:
    content = _content(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ExportError(f"{path}:{line}: this is not UTF-8 text; save the file as UTF-8") from None
