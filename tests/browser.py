"""Where the Chromium of the browser tests is; deploy/install_chromium.sh puts one there."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Containers offer neither the sandbox nor much shared memory.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")


def find_chromium(playwright: Playwright) -> str:
    """The path of CHROMIUM, of a browser on the PATH, or of Playwright's own.

    Raises:
        FileNotFoundError: there is none; `make chromium` installs one.
    """
    named = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else []
    for name in (*named, *NAMES):
        found = shutil.which(name)
        if found is not None:
            return found
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise FileNotFoundError("No Chromium found: run `make chromium`, or set CHROMIUM to one.")
