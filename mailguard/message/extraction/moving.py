"""The frames of moving pictures (GIF, PNG, WebP), each as a picture of its own."""

import io
import warnings
from collections.abc import Iterator

from mailguard.message.pictures import LEAST_HEIGHT, write_png

_MOST_FRAMES = 1000
_CLEARLY = [255 if difference > 24 else 0 for difference in range(256)]
"""By less of a difference in grey no letter is told from its paper."""


def read_frames(data: bytes) -> Iterator[bytes]:
    """The frames as PNG in shades of grey, but those that look like one before. Raises whatever Pillow raises."""
    from PIL import Image, ImageChops  # 7 MB, for which a guard that reads no pictures never asks

    kept: list[Image.Image] = []
    # Of an animation that it cannot make out Pillow shows the first frame, and warns.
    warnings.filterwarnings("error", category=UserWarning, module=r"PIL\.PngImagePlugin")
    with Image.open(io.BytesIO(data), formats=("GIF", "PNG", "WEBP")) as picture:
        frames = getattr(picture, "n_frames", 1)
        if frames > _MOST_FRAMES:
            raise ValueError("too many frames")
        for number in range(frames):
            picture.seek(number)
            shown = picture.convert("RGBA")
            paper = Image.new("RGBA", shown.size, "white")
            frame = Image.alpha_composite(paper, shown).convert("L")
            boxes = (ImageChops.difference(frame, known).point(_CLEARLY).getbbox() for known in kept)
            if all(box is not None and box[3] - box[1] >= LEAST_HEIGHT for box in boxes):
                kept.append(frame)
                yield write_png(*frame.size, frame.tobytes())
