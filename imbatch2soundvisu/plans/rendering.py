"""From a sequence to the files of its piece, by the wishes of a plan."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import Audio, ImageSequence, Progress, Result, Score, Timeline, Timing
from ..core.errors import EngineMissing, MakeError, UnwritableError, unknown
from ..music import cutting, midi, mixing, synthesis
from ..music.styles import Silent
from ..runtime import files
from ..visuals import frame, write_gif
from ..visuals.video import MOTIONS, TRANSITIONS, write_mp4
from .result_cache import begin, engine_state, kept_piece, remember, state_of
from .result_writer import ResultWriter

if TYPE_CHECKING:
    from .sequence import SequencePlan


def render(plan: SequencePlan, sequence: ImageSequence, folder: Path, progress: Progress) -> Result:
    """The piece of one sequence in `folder`; the one that is there already when nothing has changed.

    What cannot be made is told in the piece's `problems`. Raises UnwritableError when nothing more can be written.
    """
    try:
        engine, silence = (synthesis.find_engine() if plan.music is not None else None), ""
    except EngineMissing as error:
        engine, silence = None, str(error)
    state = state_of(plan, sequence, engine_state(engine))
    kept = kept_piece(folder, state, sequence)
    if kept is not None:
        return kept
    grid, score = _composed(plan, sequence)
    try:
        return _make(plan, sequence, grid, score, folder, engine, silence, state, progress)
    except OSError as error:
        raise UnwritableError(f"{error.filename or folder}: {error.strerror or error}") from error


def _make(
    plan: SequencePlan,
    sequence: ImageSequence,
    grid: Timeline,
    score: Score | None,
    folder: Path,
    engine: synthesis.Engine | None,
    silence: str,
    state: str,
    progress: Progress,
) -> Result:
    before = begin(folder)
    work = ResultWriter(sequence, grid, score, folder, progress)
    problems, audio = [silence] if silence and mixing.needs_engine(score) else [], None
    if score is not None and not problems:
        try:
            audio = work.sound(engine)
        except MakeError as error:  # a recording that cannot be played
            problems.append(f"music: {error}")
    tasks: list[tuple[str, Callable[[], None]]] = []
    if audio is not None:
        tasks.append(("WAV", functools.partial(work.wav, audio)))
    if plan.video:
        tasks.append(("film", functools.partial(_film, plan, work, audio)))
    if plan.gif:
        tasks.append(("GIF", functools.partial(_gif, plan, work)))
    tasks += [("contact sheet", work.contact_sheet), ("storyboard", work.storyboard), ("tables", work.tables)]
    if score is not None:
        tasks.append(("piano roll", functools.partial(work.piano_roll, audio)))
    if plan.stems and audio is not None:
        tasks.append(("stems", functools.partial(work.stems, engine)))
    problems += work.run(tasks)
    for name in before - set(work.files.values()):
        files.remove_own(folder / name)
    piece = Result(folder, work.account(audio, problems), work.files, sequence, problems=tuple(problems))
    if not problems:
        remember(piece, state)
    return piece


def timeline(plan: SequencePlan, sequence: ImageSequence) -> Timeline:
    """The grid that the plan's music wants for a sequence."""
    music = Silent() if plan.music is None else plan.music
    return music.timeline(sequence, plan.fps, pace(plan, sequence))


def pace(plan: SequencePlan, sequence: ImageSequence | None = None) -> Timing:
    """How long images last, as the plan wishes; with a sequence, what its cutting makes of it, too."""
    weights = None if sequence is None else cutting.weights(plan.cutting, sequence)
    return Timing(plan.seconds_per_image, plan.beats_per_image, plan.total_seconds, weights)


def _composed(plan: SequencePlan, sequence: ImageSequence) -> tuple[Timeline, Score | None]:
    grid = timeline(plan, sequence)
    if plan.music is None:
        return grid, None
    score = plan.music.compose(sequence, grid, sequence.chance())
    if score is not None:
        midi.check(score)
    return grid, score


def _film(plan: SequencePlan, work: ResultWriter, audio: Audio | None) -> None:
    write_mp4(
        work.path("mp4", "sequence.mp4"), work.sequence.records, work.grid, audio,
        size=plan.size, fit=plan.fit, title=work.sequence.title, progress=work.progress,
        transition=effect("transition", plan.transition, TRANSITIONS),
        motion=effect("motion", plan.motion, MOTIONS),
        variable_frame_rate=plan.one_frame_per_still,
    )  # fmt: skip


def _gif(plan: SequencePlan, work: ResultWriter) -> None:
    records = work.sequence.records

    def frames() -> Any:
        for number, record in enumerate(records, 1):
            yield frame(record, plan.gif_size, plan.fit)
            work.progress("gif", number, len(records))

    write_gif(
        work.path("gif", "sequence.gif"), frames, [plan.gif_seconds] * len(records),
        max_bytes=plan.gif_max_bytes, gifsicle=plan.gifsicle,
    )  # fmt: skip


def effect(kind: str, wish: Any, registry: Mapping[str, type]) -> Any:
    """A transition or a motion, by its name or as it is."""
    if wish is None or isinstance(wish, tuple(registry.values())):
        return wish
    if isinstance(wish, str) and wish in registry:
        return registry[wish]()
    raise unknown(kind, wish, registry)
