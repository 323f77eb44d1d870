"""`python -m tests.pictures`: the README's two pictures, made anew out of the demo's made-up customers and letters."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from mailguard.app.demo import letters
from mailguard.app.demo.letters import Scene
from mailguard.app.demo.stage import set_up
from tests.desk.window import ARGUMENTS
from tests.support.need import need_program

FOLDER = Path(__file__).parents[1] / "deploy" / "pictures"
LARGEST = 150_000
"""Octets of one picture: the README is read over slow lines too."""


async def take() -> None:
    """Send the demo's letters through a real guard, and take the queue and the namesake case."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with set_up(Path(folder)) as stage, async_playwright() as playwright:
            for scene in (one for one in vars(letters).values() if isinstance(one, Scene)):
                await stage.send(scene)
            browser = await playwright.chromium.launch(
                executable_path=need_program("chromium", "chromium"), args=ARGUMENTS
            )
            page = await browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
            await page.goto(stage.guard.settings.desk.public_url)
            await page.get_by_label("Name").fill(stage.supervisor.person.name)
            await page.get_by_label("Password").fill(stage.supervisor.password)
            await page.get_by_role("button", name="Log in", exact=True).click()
            await page.wait_for_url("**/cases")
            await _save(page, "queue")
            await page.get_by_role("link", name=letters.NAMESAKE.subject).first.click()
            await page.locator(".compare").first.wait_for()
            await _save(page, "namesake-case")
            await browser.close()


async def _save(page: Page, name: str) -> None:
    picture = await page.screenshot(path=FOLDER / f"{name}.png")
    print(f"{name}.png: {len(picture)} octets{' - too large' if len(picture) > LARGEST else ''}")


if __name__ == "__main__":
    asyncio.run(take())
