"""Plans: which images, in which order, with which music; and the outputs they are written as."""

from ..datasets.fitting import FITS
from .albums import Album
from .atlas import AtlasPlan
from .atlas_exports import EmbeddingAtlas, FiftyOne, Vikus
from .atlas_matrix import Matrix, Pyramid
from .atlas_outputs import AtlasPage, AtlasTables
from .checks import CHOICES, UNIQUE
from .contents import contents_of, is_kept
from .cut_lists import Edl, Otio
from .drafts import draft_of
from .face_montage import FaceMontagePlan
from .face_outputs import AlignedFrames, AverageFace, FaceMosaic
from .face_review import ReviewSheet
from .face_sheet import FaceSheet
from .film_outputs import Film, Gif
from .mosaic_fields import DEFAULT_MOSAIC_OUTPUTS
from .mosaic_films import BuildUp
from .mosaic_outputs import MosaicComparison, MosaicImage
from .mosaic_posters import BigTiff, Placements, ZoomPage
from .mosaic_zoom import ZoomFilm
from .mosaics import MosaicPlan
from .outputs import DEFAULT_OUTPUTS, standard_outputs
from .phrases import PHRASES
from .plan_job import PlanJob, PlanOutcome, plan_outcomes
from .protocols import VIEWERS, Content, Output, OutputFiles, Plan, RunContext
from .registry import OUTPUT_KINDS, PLAN_KINDS
from .result_cache import RESULT, code_version
from .result_writer import ResultFiles, write_result
from .run_checks import check, check_free, check_images, check_writable, describe_failure
from .sequence import SequencePlan
from .sheet_outputs import ContactSheet, PianoRoll, Storyboard
from .sound_outputs import Midi, Stems, Wav
from .table_outputs import Tables
from .video_mosaics import MosaicVideo, VideoMosaicPlan

__all__ = [
    "PlanJob", "PlanOutcome", "contents_of", "draft_of", "is_kept", "plan_outcomes",
    "CHOICES", "DEFAULT_OUTPUTS", "FITS", "OUTPUT_KINDS", "PHRASES", "PLAN_KINDS", "RESULT", "UNIQUE", "VIEWERS",
    "AlignedFrames", "AverageFace", "FaceMontagePlan", "FaceMosaic", "FaceSheet", "ReviewSheet",
    "Album", "AtlasPage", "AtlasPlan", "AtlasTables", "EmbeddingAtlas", "FiftyOne", "Vikus",
    "Matrix", "Pyramid",
    "MosaicComparison", "BuildUp", "MosaicImage", "DEFAULT_MOSAIC_OUTPUTS", "MosaicPlan",
    "ZoomFilm", "BigTiff", "MosaicVideo", "Placements", "VideoMosaicPlan", "ZoomPage",
    "ContactSheet", "Content", "Edl", "Film", "Gif", "Midi", "Otio", "Output", "OutputFiles", "PianoRoll", "Plan",
    "ResultFiles", "RunContext", "SequencePlan", "Stems", "Storyboard", "Tables", "Wav", "check", "check_free",
    "check_images", "check_writable", "code_version", "describe_failure", "standard_outputs", "write_result",
]  # fmt: skip
