"""Track the beats of a recording, rate their reliability, and find its bars."""

from __future__ import annotations

import numpy as np

from .spectra import HOP, RATE

#: Fewer beats count as none; also the window of the filter that smooths the tempo.
FEWEST_BEATS = 9
#: Cost of deviations from an even tempo, relative to the strength of the onset; and largest distance, in seconds, of a
#: beat from the smoothed tempo.
TIGHTNESS, LOOSE_S = 400.0, 0.015
#: Last beats are dropped while they are fainter than this share of the median.
FAINT_BEAT = 0.2
#: Beats per bar that are distinguished.
METRES = (4, 3)


def track_beats(strength: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return the beats of a recording, by dynamic programming [1]_ as librosa implements it.

    Parameters
    ----------
    strength : np.ndarray
        (t,) onset strength in dB.

    Returns
    -------
    beats : np.ndarray
        Steps of the beats, with fractions; empty where there are fewer than FEWEST_BEATS.
    tempo_bpm : float
        Median tempo in beats per minute.
    confidence : float
        In [0, 1], see `confidence_of`.

    References
    ----------
    .. [1] Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36, 2007.
    """
    import librosa
    from scipy.signal import savgol_filter

    if strength.max(initial=0.0) < 1.0:
        return np.zeros(0), 0.0, 0.0
    _, found = librosa.beat.beat_track(
        onset_envelope=strength, sr=RATE, hop_length=HOP, trim=False, tightness=TIGHTNESS, bpm=_tempo_bpm(strength)
    )
    found = _until_last_onset(strength, found)
    if len(found) < FEWEST_BEATS:
        return np.zeros(0), 0.0, 0.0
    peaks = np.array([_peak_near(strength, int(each)) for each in found])
    smooth = savgol_filter(peaks, FEWEST_BEATS, 2)
    loose = LOOSE_S * RATE / HOP
    beats = np.maximum(smooth + np.clip(peaks - smooth, -loose, loose), 0.0)
    interval = float(np.median(np.diff(beats)))
    return beats, 60 * RATE / HOP / interval, confidence_of(strength, peaks)


def _tempo_bpm(strength: np.ndarray) -> float:
    """Approximate tempo: the mean autocorrelation of windows of 8 s, every second (Grosche et al. 2010)."""
    import librosa

    window = min(round(8 * RATE / HOP), len(strength))
    frames = librosa.util.frame(strength, frame_length=window, hop_length=max(window // 8, 1))
    correlation = librosa.autocorrelate(frames * np.hanning(window)[:, None], axis=0)
    correlation = (correlation / np.maximum(correlation.max(axis=0), 1e-9)).mean(axis=1)
    return float(librosa.feature.tempo(tg=correlation[:, None], sr=RATE, hop_length=HOP)[0])


def _until_last_onset(strength: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The beats without those after the last onset, and with those before it that the search has left out."""
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
    """Return the reliability of beats in [0, 1]: the geometric mean of three shares.

    Steadiness: 1 where intervals between beats are equal, 0 where half of them differ from the median by an eighth or
    more. Periodicity: the autocorrelation of the onset strength at one, two and four beats, the median of the three,
    from 0.05, which beats found in noise have, to 0.35. Salience: contrast between onsets on beats and elsewhere, 1
    from three times as strong.

    Parameters
    ----------
    strength : np.ndarray
        (t,) onset strength in dB.
    beats : np.ndarray
        (n,) steps, with fractions.
    """
    intervals = np.diff(beats)
    median = float(np.median(intervals))
    steady = 1 - float(np.median(np.abs(intervals - median))) / (median / 8)
    even = 1 - float(np.mean(np.abs(intervals - median) > median / 8))
    smooth = np.convolve(strength, np.hanning(7)[1:-1] / np.hanning(7).sum(), "same")
    periodic = _periodicity(smooth, median)
    salient = _salience(strength, beats)
    shares = np.clip([min(steady, even), (periodic - 0.05) / 0.3, salient / 0.5], 0, 1)
    return float(np.prod(shares) ** (1 / 3))


def _periodicity(strength: np.ndarray, interval: float) -> float:
    """Median autocorrelation at one, two and four beats, relative to that at 0."""
    centred = strength - strength.mean()
    energy = float(centred @ centred)
    lags = [lag for lag in (round(m * interval) for m in (1, 2, 4)) if 0 < lag < len(centred) // 2]
    products = [float(centred[lag:] @ centred[:-lag]) * len(centred) / (len(centred) - lag) for lag in lags]
    return float(np.median(products)) / energy if products and energy > 0 else 0.0


def _salience(strength: np.ndarray, beats: np.ndarray) -> float:
    """Contrast, [-1, 1], between the onset strength on beats and between them."""
    intervals, last = np.diff(beats), len(strength) - 1
    at = np.clip(np.rint(beats).astype(int), 0, last)
    on = float(np.mean([strength[max(k - 2, 0) : k + 3].max() for k in at]))
    between = np.clip(at[:-1] + np.rint(intervals * 0.37).astype(int), 0, last)
    off = float(np.mean([strength[max(k - 2, 0) : k + 3].max() for k in between])) if len(between) else on
    return (on - off) / max(on + off, 1e-9)


def metre_of(
    bands: np.ndarray, strength: np.ndarray, beats: np.ndarray, descriptors: np.ndarray | None
) -> tuple[int, int]:
    """Return the beats per bar, 3 or 4, and the first beat that begins a bar.

    They are where bass, onsets and changes of harmony are strongest; 4, the most common, unless 3 fits clearly better.

    Parameters
    ----------
    bands : np.ndarray
        (BANDS, t) power.
    strength : np.ndarray
        (t,) onset strength in dB.
    beats : np.ndarray
        (n,) steps, with fractions.
    descriptors : np.ndarray or None
        (n, 24) with the chroma of each beat in the last 12 columns; None: (4, 0) is returned.
    """
    if descriptors is None:
        return METRES[0], 0
    at = np.clip(np.rint(beats).astype(int), 2, len(strength) - 3)
    onset = np.array([strength[k - 2 : k + 3].max() for k in at])
    low = np.log10(np.maximum(bands[:8], 1e-6)).mean(axis=0)
    bass = np.array([low[k : k + 4].mean() - low[max(k - 5, 0) : k - 1].mean() for k in at])
    accent = _standardized(onset) + _standardized(np.maximum(bass, 0))
    best = {}
    for metre in METRES:
        total = accent + _standardized(_harmonic_change(descriptors[:, 12:], metre))
        best[metre] = max((float(total[phase::metre].mean()), -phase) for phase in range(metre))
    metre = 3 if best[3][0] > 1.5 * best[4][0] + 0.1 else 4
    return metre, -best[metre][1]


def _harmonic_change(chroma: np.ndarray, beats: int) -> np.ndarray:
    """(n,) distance between the chroma of the `beats` beats from each beat on and of those before it."""
    total = np.concatenate((np.zeros((1, chroma.shape[1])), np.cumsum(chroma, axis=0)))
    change = np.zeros(len(chroma))
    k = np.arange(beats, len(chroma) - beats + 1)
    change[k] = np.linalg.norm(total[k + beats] - 2 * total[k] + total[k - beats], axis=1) / beats
    return change


def _standardized(values: np.ndarray) -> np.ndarray:
    """Values with mean 0 and standard deviation 1; near 0 where they hardly vary."""
    return (values - values.mean()) / max(float(values.std()), 0.05)
