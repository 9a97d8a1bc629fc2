"""A process of the service that dies where a test tells it to: the real thing, but that SIGKILL ends it at a seam (see `tests.support.arming`).

`python -m tests.support.mortal_child` takes the arguments of `pagewitness.service.child`, and the folder of the arming from the environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pagewitness.service import child
from tests.support import seams
from tests.support.arming import FOLDER, Executioner

if __name__ == "__main__":
    name, _role, owner, *_ = sys.argv[1:]
    seams.install(Executioner(Path(os.environ[FOLDER]), name, owner))
    child.main(sys.argv[1:])
