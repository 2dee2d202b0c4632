"""What a reviewer waits for: the page's weight, its first images, and the next question.

    python -m benchmarks.review_page http://127.0.0.1:8000 --username pathologist --password …

runs against a server with pictured questions waiting (`make demo`), and approves some of them.
"Cold" is a browser with an empty cache; times are of a headless Chromium on the same machine.
"""

import gzip
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from tests.browser import ARGUMENTS, find_chromium

MAX_GZ_BYTES, MAX_REQUESTS, FIRST_IMAGES_S, NEXT_S = 180_000, 12, 0.3, 0.1
MAX_SKIPPED = 20

IMAGES_SHOWN = """async () => {
  const images = () => [...document.querySelectorAll("#cockpit .field__view > img")];
  while (!images().length && document.readyState !== "complete") {
    await new Promise(requestAnimationFrame);
  }
  await Promise.all(images().map((image) => image.decode()));
  await new Promise(requestAnimationFrame);
  const shown = performance.now();
  const loaded = performance.getEntriesByType("resource");
  const names = images().map((image) => image.src);
  const last = Math.max(...loaded.filter((e) => names.includes(e.name)).map((e) => e.responseEnd));
  const before = loaded.filter((e) => e.startTime < last);
  return { shown_s: shown / 1000, images: images().length, before: before.map((e) => e.name) };
}"""

NEXT_SHOWN = """() => new Promise((resolve) => {
  const was = document.querySelector("#cockpit").dataset.assignment;
  let pressed = 0;
  const press = () => { pressed = performance.now(); poll(); };
  addEventListener("keydown", press, { once: true, capture: true });
  async function poll() {
    while (document.querySelector("#cockpit")?.dataset.assignment === was) {
      await new Promise(requestAnimationFrame);
    }
    const images = [...document.querySelectorAll("#cockpit .field__view > img")];
    await Promise.all(images.map((image) => image.decode()));
    await new Promise(requestAnimationFrame);
    resolve((performance.now() - pressed) / 1000);
  }
})"""


@dataclass(frozen=True)
class Load:
    """A cold load of the review page, up to the frame that shows its images."""

    first_images_s: float
    images: int
    before: tuple[str, ...]
    """What was asked for before the last image had come, the page itself included."""


def log_in(context: BrowserContext, base: str, username: str, password: str) -> Page:
    page = context.new_page()
    page.goto(f"{base}/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("form button[type=submit]")
    page.wait_for_url(f"{base}/")
    return page


def open_question(page: Page, base: str, images: int = 3) -> str:
    """The address of the reviewer's next question with that many pictures, not answered yet.

    Raises:
        SystemExit: too few such questions wait.
    """
    for _ in range(MAX_SKIPPED):
        page.goto(f"{base}/review/")
        page.click("button:has-text('reviewing')")
        page.wait_for_url("**/review/*/")
        blind = page.locator("#cockpit[data-phase=blind]").count()
        if blind and page.locator(".field__view > img").count() == images:
            return page.url
        page.click("form[data-release] button")
        page.wait_for_load_state("networkidle")
    raise SystemExit(f"No question with {images} pictures among the next {MAX_SKIPPED}.")


def cold_page(browser: Browser, cookies: Sequence[Any]) -> Page:
    """A page of a browser that has nothing in its cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(cookies)
    return context.new_page()


def cold_load(browser: Browser, cookies: Sequence[Any], url: str) -> Load:
    page = cold_page(browser, cookies)
    page.goto(url, wait_until="commit")
    shown = page.evaluate(IMAGES_SHOWN)
    page.wait_for_load_state("networkidle")
    page.context.close()
    return Load(shown["shown_s"], shown["images"], (url, *shown["before"]))


def weigh(browser: Browser, cookies: Sequence[Any], url: str) -> dict[str, int]:
    """Bytes of every script and style sheet that the page loads, gzipped at level 6."""
    page = cold_page(browser, cookies)
    sizes: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.request.resource_type in ("script", "stylesheet") and response.ok:
            sizes[response.url] = len(gzip.compress(response.body(), 6))

    page.on("response", note)
    page.goto(url, wait_until="networkidle")
    page.context.close()
    return sizes


def time_to_next(page: Page) -> float:
    """Seconds from the key that approves to the next question with its images."""
    page.wait_for_selector("#cockpit[data-phase=blind]")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("2")
    page.wait_for_selector("#cockpit[data-phase=revealed]")
    page.wait_for_load_state("networkidle")
    waiting = page.evaluate_handle(f"() => ({{ done: ({NEXT_SHOWN})() }})")
    page.keyboard.press("j")
    return float(page.evaluate("(handle) => handle.done", waiting))


def report(sizes: dict[str, int], loads: Sequence[Load], nexts: Sequence[float]) -> None:
    last, firsts = loads[-1], [load.first_images_s for load in loads]
    gz_before = sum(sizes.get(name, 0) for name in last.before)
    rows = (
        ("JS+CSS gzipped, viewer included", f"{sum(sizes.values()):,} B", f"{MAX_GZ_BYTES:,} B"),
        ("JS+CSS gzipped, before the images", f"{gz_before:,} B", ""),
        ("requests before the images show", str(len(last.before)), str(MAX_REQUESTS)),
        (f"cold to {last.images} images, median", f"{median(firsts):.3f} s", f"{FIRST_IMAGES_S} s"),
        ("cold to images, best and worst", f"{min(firsts):.3f}, {max(firsts):.3f} s", ""),
        ("approve to next, median", f"{median(nexts):.3f} s", f"{NEXT_S} s"),
        ("approve to next, best and worst", f"{min(nexts):.3f}, {max(nexts):.3f} s", ""),
    )
    for name, value, goal in rows:
        print(f"{name:<36}{value:>18}" + (f"   at most {goal}" if goal else ""))


def main() -> None:
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--username", default="pathologist")
    parser.add_argument("--password", default="crosscope-demo")
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=list(ARGUMENTS)
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = log_in(context, given.url, given.username, given.password)
        url = open_question(page, given.url)
        page.goto("about:blank")
        sizes = weigh(browser, context.cookies(), url)
        loads = [cold_load(browser, context.cookies(), url) for _ in range(given.repeat)]
        page.goto(url)
        nexts = [time_to_next(page) for _ in range(given.repeat)]
        browser.close()
    report(sizes, loads, nexts)


if __name__ == "__main__":
    main()
