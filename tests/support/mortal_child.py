"""A process of the service that dies where a test instructs it to: the real thing, but that SIGKILL ends it at a seam (see `tests.support.arming`).

The fork server runs `main` in each process; the folder of the arming comes from the environment.
"""

from __future__ import annotations

import os
from pathlib import Path

from pagewitness.service import child
from tests.support import seams
from tests.support.arming import FOLDER, Executioner


def main(start: child.Start) -> None:
    seams.install(Executioner(Path(os.environ[FOLDER]), start.name, start.owner))
    child.main(start)
