"""Films made of photographs, whose cuts and motions are known: pans, zooms, a moving subject, noise, dissolves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

SIZE = (320, 180)


def photographs() -> list[np.ndarray]:
    """Photographs that scikit-image and scikit-learn carry, (h, w, 3) uint8 RGB."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    own = [np.asarray(getattr(data, name)())[..., :3] for name in ("coffee", "rocket", "astronaut", "chelsea")]
    return [*(np.asarray(image) for image in load_sample_images().images), *own]


def textures(count: int, seed: int = 0) -> list[np.ndarray]:
    """Images of coloured blobs on textures, (480, 640, 3) uint8, each of other colours; where photographs are slow."""
    rng = np.random.default_rng(seed)
    return [_texture(rng) for _ in range(count)]


def _texture(rng: np.random.Generator) -> np.ndarray:
    image = np.full((480, 640, 3), rng.uniform(40, 200, 3))
    for scale in (64, 16, 6):
        noise = rng.normal(size=(480 // scale + 2, 640 // scale + 2, 1)).astype(np.float32)
        image += rng.uniform(10, 25) * cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC)[..., None]
    for _ in range(12):
        centre = tuple(int(v) for v in rng.integers([0, 0], [640, 480]))
        cv2.circle(image, centre, int(rng.integers(15, 70)), rng.uniform(0, 255, 3).tolist(), -1)
    return np.clip(image, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Shot:
    """A camera over a photograph.

    start, end : centre of the view in shares of the photograph, and its width as a share of the photograph's
    subject : side of a bright square that crosses the view, in shares of its height; 0 for none
    shake : standard deviation of the camera's jitter, in pixels of the frame
    """

    photo: np.ndarray
    frames: int
    start: tuple[float, float, float] = (0.4, 0.5, 0.5)
    end: tuple[float, float, float] = (0.6, 0.5, 0.5)
    subject: float = 0.0
    shake: float = 0.0
    jitter: list[tuple[float, float, float]] = field(default_factory=list)

    def render(self, rng: np.random.Generator, noise: float = 3.0, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
        """The frames, (h, w, 3) uint8. The jitter of each, (x, y in px, degrees), is in `jitter` afterwards."""
        found = []
        for i in range(self.frames):
            share = i / max(1, self.frames - 1)
            jitter = tuple(float(v) for v in rng.normal(size=3) * (self.shake, self.shake, self.shake / 5))
            self.jitter.append(jitter)  # type: ignore[arg-type]
            view = self._view(share, jitter, size)
            if self.subject:
                _add_subject(view, share, self.subject)
            found.append(np.clip(view + rng.normal(scale=noise, size=view.shape), 0, 255).astype(np.uint8))
        return found

    def _view(self, share: float, jitter: Sequence[float], size: tuple[int, int]) -> np.ndarray:
        height, width = self.photo.shape[:2]
        x, y, part = (a + (b - a) * share for a, b in zip(self.start, self.end, strict=True))
        scale = part * width / size[0]
        turned = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), jitter[2], 1.0)
        turned = np.vstack([turned, (0, 0, 1)])
        turned[:2, 2] += np.array(jitter[:2])
        place = np.array(
            [[scale, 0, x * width - scale * size[0] / 2], [0, scale, y * height - scale * size[1] / 2], [0, 0, 1]]
        )
        matrix = (place @ np.linalg.inv(turned))[:2]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        photo = cv2.GaussianBlur(self.photo, (0, 0), max(0.3, 0.4 * scale))
        return cv2.warpAffine(photo, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT).astype(np.float64)


def _add_subject(view: np.ndarray, share: float, side: float) -> None:
    height, width = view.shape[:2]
    half = side * height / 2
    x, y = width * (0.15 + 0.7 * share), height * (0.6 - 0.2 * np.sin(3 * share))
    rows, columns = np.mgrid[:height, :width]
    inside = np.clip(half + 0.5 - np.maximum(np.abs(columns - x), np.abs(rows - y)), 0, 1)[..., None]
    pattern = 128 + 90 * np.sign(np.sin((columns - x) / 3) * np.sin((rows - y) / 3))[..., None] * (1, 0.6, 0.2)
    view[:] = view * (1 - inside) + pattern * inside


def film(shots: Sequence[Sequence[np.ndarray]], dissolves: Sequence[int] = ()) -> tuple[list[np.ndarray], list[int]]:
    """The frames of all shots, and the first frame of each but the first one.

    dissolves : frames for which both shots beside each cut are mixed; 0 for a hard cut. The boundary is its middle.
    """
    frames, cuts = list(shots[0]), []
    for number, shot in enumerate(shots[1:]):
        length = dissolves[number] if number < len(dissolves) else 0
        cuts.append(len(frames) - length + (length + 1) // 2)
        for i in range(length):
            share = (i + 1) / (length + 1)
            mixed = (1 - share) * frames[len(frames) - length + i] + share * shot[i].astype(np.float64)
            frames[len(frames) - length + i] = np.rint(mixed).astype(np.uint8)
        frames += list(shot[length:])
    return frames, cuts


def made_burst(image: np.ndarray, rng: np.random.Generator, count: int = 5) -> tuple[list[np.ndarray], int]:
    """Images of one scene, shifted and noisy, all blurred but one; and which that is."""
    sharpest, found = int(rng.integers(count)), list[np.ndarray]()
    for number in range(count):
        shift = np.array([[1, 0, rng.uniform(-3, 3)], [0, 1, rng.uniform(-3, 3)]], np.float32)
        view: np.ndarray = cv2.warpAffine(
            image.astype(np.float32), shift, image.shape[1::-1], borderMode=cv2.BORDER_REFLECT
        )
        if number != sharpest:
            view = cv2.GaussianBlur(view, (0, 0), rng.uniform(1, 3)) if rng.random() < 0.5 else _shaken(view, rng)
        noisy = view + rng.normal(scale=rng.uniform(1, 8), size=view.shape)
        found.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return found, sharpest


def _shaken(view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    length, angle = int(rng.integers(4, 12)), rng.uniform(0, np.pi)
    kernel = np.zeros((15, 15), np.float32)
    for along in np.linspace(-length / 2, length / 2, 60):
        kernel[round(7 + along * np.sin(angle)), round(7 + along * np.cos(angle))] += 1
    return np.asarray(cv2.filter2D(view, -1, kernel / kernel.sum()))
