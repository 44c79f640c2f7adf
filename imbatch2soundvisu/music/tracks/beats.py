"""Beats, how far to trust them, and the bars that they make."""

from __future__ import annotations

import numpy as np
from scipy.signal import savgol_filter

from .spectra import HOP, RATE

#: Fewer beats are none; the course of a tempo is drawn through so many.
FEWEST_BEATS = 9
#: How much a beat of its own time costs, beside how strong its onset is; and how far it may lie from the course of the
#: tempo, as people play.
TIGHTNESS, LOOSE_S = 400.0, 0.015
#: The last beats do not count while they are fainter than this share of the usual one.
FAINT_BEAT = 0.2
#: Beats to a bar that are looked for.
METRES = (4, 3)


def track(strength: np.ndarray) -> tuple[np.ndarray, float, float]:
    """(steps of the beats, with fractions; beats a minute; confidence). Ellis 2007, by librosa."""
    import librosa

    if strength.max(initial=0.0) < 1.0:
        return np.zeros(0), 0.0, 0.0
    _, found = librosa.beat.beat_track(
        onset_envelope=strength, sr=RATE, hop_length=HOP, trim=False, tightness=TIGHTNESS, bpm=_tempo_bpm(strength)
    )
    found = _to_the_last(strength, found)
    if len(found) < FEWEST_BEATS:
        return np.zeros(0), 0.0, 0.0
    peaks = np.array([_peak_near(strength, int(each)) for each in found])
    course = savgol_filter(peaks, FEWEST_BEATS, 2)
    loose = LOOSE_S * RATE / HOP
    beats = np.maximum(course + np.clip(peaks - course, -loose, loose), 0.0)
    interval = float(np.median(np.diff(beats)))
    return beats, 60 * RATE / HOP / interval, confidence_of(strength, peaks)


def _tempo_bpm(strength: np.ndarray) -> float:
    """Beats a minute, roughly: the autocorrelation of windows of 8 s, every second, on average
    (Grosche et al. 2010)."""
    import librosa

    window = min(round(8 * RATE / HOP), len(strength))
    frames = librosa.util.frame(strength, frame_length=window, hop_length=max(window // 8, 1))
    alike = librosa.autocorrelate(frames * np.hanning(window)[:, None], axis=0)
    alike = (alike / np.maximum(alike.max(axis=0), 1e-9)).mean(axis=1)
    return float(librosa.feature.tempo(tg=alike[:, None], sr=RATE, hop_length=HOP)[0])


def _to_the_last(strength: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Without beats after the last onset, and with those before it that the search has left out."""
    if len(beats) < 2:
        return beats

    def weight(step: float) -> float:
        return float(strength[max(round(step) - 3, 0) : round(step) + 4].max(initial=0.0))

    found, interval = beats.tolist(), float(np.median(np.diff(beats)))
    least = FAINT_BEAT * float(np.median([weight(each) for each in found]))
    while found and weight(found[-1]) < least:
        found.pop()
    while found and weight(found[-1] + interval) > least:
        around = strength[max(round(found[-1] + interval) - 3, 0) :][:7]
        found.append(max(round(found[-1] + interval) - 3, 0) + int(np.argmax(around)))
    return np.array(found)


def _peak_near(strength: np.ndarray, step: int, reach: int = 3) -> float:
    """The peak of the onset strength within `reach` steps (35 ms) of a step, between the steps, too."""
    first = max(step - reach, 0)
    around = strength[first : step + reach + 1]
    at = first + int(np.argmax(around))
    if at in (0, len(strength) - 1) or strength[at] < 1.0:
        return float(step)
    before, here, after = (float(each) for each in strength[at - 1 : at + 2])
    bend = before - 2 * here + after
    return at if bend >= 0 else at + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))


def confidence_of(strength: np.ndarray, beats: np.ndarray) -> float:
    """How far beats can be trusted, [0, 1]: the geometric mean of three shares.

    Steadiness: 1 where intervals between beats are equal, 0 where half of them differ from the median by an eighth or
    more. Periodicity: the autocorrelation of the onset strength at one, two and four beats, the median of the three,
    from 0.05, which beats found in noise have, to 0.35. Salience: how far onsets on beats stand out from those
    elsewhere, full from three times as strong.

    strength : (t,) onset strength. beats : steps, with fractions.
    """
    intervals = np.diff(beats)
    median = float(np.median(intervals))
    steady = 1 - float(np.median(np.abs(intervals - median))) / (median / 8)
    even = 1 - float(np.mean(np.abs(intervals - median) > median / 8))
    smooth = np.convolve(strength, np.hanning(7)[1:-1] / np.hanning(7).sum(), "same")
    centred = smooth - smooth.mean()
    energy = float(centred @ centred)
    lags = [lag for lag in (round(m * median) for m in (1, 2, 4)) if 0 < lag < len(centred) // 2]
    alike = [float(centred[lag:] @ centred[:-lag]) * len(centred) / (len(centred) - lag) for lag in lags]
    periodic = float(np.median(alike)) / energy if alike and energy > 0 else 0.0
    at = np.clip(np.rint(beats).astype(int), 0, len(smooth) - 1)
    on = float(np.mean([strength[max(k - 2, 0) : k + 3].max() for k in at]))
    between = np.clip(at[:-1] + np.rint(intervals * 0.37).astype(int), 0, len(smooth) - 1)
    off = float(np.mean([strength[max(k - 2, 0) : k + 3].max() for k in between])) if len(between) else on
    salient = (on - off) / max(on + off, 1e-9)
    shares = np.clip([min(steady, even), (periodic - 0.05) / 0.3, salient / 0.5], 0, 1)
    return float(np.prod(shares) ** (1 / 3))


def metre_of(bands: np.ndarray, strength: np.ndarray, beats: np.ndarray, sounds: np.ndarray | None) -> tuple[int, int]:
    """(beats to a bar, the beat that begins one): where bass, onsets and changes of harmony fall most.

    Four unless three fits clearly better, as nothing else is as common.
    """
    if sounds is None:
        return METRES[0], 0
    at = np.clip(np.rint(beats).astype(int), 2, len(strength) - 3)
    onset = np.array([strength[k - 2 : k + 3].max() for k in at])
    low = np.log10(np.maximum(bands[:8], 1e-6)).mean(axis=0)
    bass = np.array([low[k : k + 4].mean() - low[max(k - 5, 0) : k - 1].mean() for k in at])
    beaten = _standard(onset) + _standard(np.maximum(bass, 0))
    best = {}
    for metre in METRES:
        accent = beaten + _standard(_change(sounds[:, 12:], metre))
        best[metre] = max((float(accent[phase::metre].mean()), -phase) for phase in range(metre))
    metre = 3 if best[3][0] > 1.5 * best[4][0] + 0.1 else 4
    return metre, -best[metre][1]


def _change(chroma: np.ndarray, beats: int) -> np.ndarray:
    """(n,) how far the harmony of the `beats` beats from each beat on is from that of those before it."""
    total = np.concatenate((np.zeros((1, chroma.shape[1])), np.cumsum(chroma, axis=0)))
    change = np.zeros(len(chroma))
    k = np.arange(beats, len(chroma) - beats + 1)
    change[k] = np.linalg.norm(total[k + beats] - 2 * total[k] + total[k - beats], axis=1) / beats
    return change


def _standard(values: np.ndarray) -> np.ndarray:
    """Mean 0, deviation 1; near to nothing where nothing varies."""
    return (values - values.mean()) / max(float(values.std()), 0.05)
