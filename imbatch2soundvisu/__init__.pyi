from . import (
    config as config,
)
from . import (
    datasets as datasets,
)
from . import (
    mosaic as mosaic,
)
from .cli import (
    stages as stages,
)
from .clustering import (
    CLUSTERINGS as CLUSTERINGS,
)
from .clustering import (
    PCA as PCA,
)
from .clustering import (
    TSNE as TSNE,
)
from .clustering import (
    UMAP as UMAP,
)
from .clustering import (
    ByFolder as ByFolder,
)
from .clustering import (
    ByPerson as ByPerson,
)
from .clustering import (
    ClusterResult as ClusterResult,
)
from .clustering import (
    DateGaps as DateGaps,
)
from .clustering import (
    Density as Density,
)
from .clustering import (
    FeatureBins as FeatureBins,
)
from .clustering import (
    Hierarchical as Hierarchical,
)
from .clustering import (
    KMeans as KMeans,
)
from .clustering import (
    Shots as Shots,
)
from .clustering import (
    cluster as cluster,
)
from .core import (
    Clusters as Clusters,
)
from .core import (
    Collection as Collection,
)
from .core import (
    Criterion as Criterion,
)
from .core import (
    FeatureInfo as FeatureInfo,
)
from .core import (
    FeatureTable as FeatureTable,
)
from .core import (
    ImageRecord as ImageRecord,
)
from .core import (
    ImageSequence as ImageSequence,
)
from .core import (
    Needs as Needs,
)
from .core import (
    Note as Note,
)
from .core import (
    Part as Part,
)
from .core import (
    Profile as Profile,
)
from .core import (
    Result as Result,
)
from .core import (
    Score as Score,
)
from .core import (
    SearchResult as SearchResult,
)
from .core import (
    Timeline as Timeline,
)
from .core import (
    Timing as Timing,
)
from .core.errors import (
    CollectionError as CollectionError,
)
from .core.errors import (
    ConfigError as ConfigError,
)
from .core.errors import (
    EngineMissing as EngineMissing,
)
from .core.errors import (
    I2SError as I2SError,
)
from .core.errors import (
    ImageError as ImageError,
)
from .core.errors import (
    MakeError as MakeError,
)
from .core.errors import (
    MissingExtra as MissingExtra,
)
from .core.errors import (
    NotOursError as NotOursError,
)
from .core.errors import (
    SessionError as SessionError,
)
from .core.errors import (
    UnwritableError as UnwritableError,
)
from .core.names import (
    Path as Path,
)
from .core.names import (
    dataclass as dataclass,
)
from .core.names import (
    np as np,
)
from .datasets import (
    discover as discover,
)
from .datasets import (
    health as health,
)
from .datasets import (
    open_image as open_image,
)
from .embeddings import (
    EMBEDDINGS as EMBEDDINGS,
)
from .embeddings import (
    Clip as Clip,
)
from .embeddings import (
    Cnn as Cnn,
)
from .embeddings import (
    Look as Look,
)
from .embeddings import (
    Vectors as Vectors,
)
from .embeddings import (
    load_embeddings as load_embeddings,
)
from .embeddings import (
    save_embeddings as save_embeddings,
)
from .faces import (
    Morph as Morph,
)
from .features import (
    FEATURES as FEATURES,
)
from .features import (
    PASSES as PASSES,
)
from .features import (
    Measurement as Measurement,
)
from .features import (
    Pixels as Pixels,
)
from .features import (
    add_feature as add_feature,
)
from .features import (
    feature as feature,
)
from .features.bodies import (
    Body as Body,
)
from .features.bodies import (
    Landmarks as Landmarks,
)
from .features.bodies import (
    Pose as Pose,
)
from .features.bodies import (
    bodies_of as bodies_of,
)
from .features.bodies import (
    body_alignment as body_alignment,
)
from .features.bodies import (
    pose_vector as pose_vector,
)
from .features.depth import (
    Depth as Depth,
)
from .features.depth import (
    depth_maps as depth_maps,
)
from .features.faces import (
    FACE_DETECTORS as FACE_DETECTORS,
)
from .features.faces import (
    FACE_EMBEDDINGS as FACE_EMBEDDINGS,
)
from .features.faces import (
    ArcFace as ArcFace,
)
from .features.faces import (
    Detection as Detection,
)
from .features.faces import (
    DlibCnnFaces as DlibCnnFaces,
)
from .features.faces import (
    DlibFaces as DlibFaces,
)
from .features.faces import (
    DlibIdentity as DlibIdentity,
)
from .features.faces import (
    Face as Face,
)
from .features.faces import (
    Faces as Faces,
)
from .features.faces import (
    MediaPipeFaces as MediaPipeFaces,
)
from .features.faces import (
    Scrfd as Scrfd,
)
from .features.faces import (
    SFace as SFace,
)
from .features.faces import (
    YuNet as YuNet,
)
from .features.faces import (
    faces_of as faces_of,
)
from .features.masks import (
    PersonMask as PersonMask,
)
from .features.masks import (
    SubjectMask as SubjectMask,
)
from .features.masks import (
    cut_out as cut_out,
)
from .features.masks import (
    mask_values as mask_values,
)
from .features.masks import (
    subject_mask as subject_mask,
)
from .measurement import (
    NearDuplicates as NearDuplicates,
)
from .measurement import (
    embed as embed,
)
from .measurement import (
    measure as measure,
)
from .measurement import (
    near_duplicates as near_duplicates,
)
from .measurement import (
    neighbours as neighbours,
)
from .measurement import (
    search as search,
)
from .mosaic import (
    Brick as Brick,
)
from .mosaic import (
    Hexagon as Hexagon,
)
from .mosaic import (
    Quadtree as Quadtree,
)
from .mosaic import (
    explore as explore,
)
from .mosaic import (
    load_placements as load_placements,
)
from .mosaic import (
    scale_gif as scale_gif,
)
from .mosaic import (
    video_mosaic as video_mosaic,
)
from .music.composition.ensembles import Ensemble as Ensemble
from .music.composition.genres import (
    GENRES as GENRES,
)
from .music.composition.genres import (
    Genre as Genre,
)
from .music.composition.instruments import Instrument as Instrument
from .music.styles import (
    STYLES as STYLES,
)
from .music.styles import (
    ClusterProfile as ClusterProfile,
)
from .music.styles import (
    ClusterTheme as ClusterTheme,
)
from .music.styles import (
    Composed as Composed,
)
from .music.styles import (
    Mix as Mix,
)
from .music.styles import (
    Silent as Silent,
)
from .music.styles import (
    Sonified as Sonified,
)
from .music.styles import (
    Track as Track,
)
from .pipeline import (
    Observer as Observer,
)
from .pipeline import (
    RunResult as RunResult,
)
from .pipeline import (
    check as check,
)
from .pipeline import (
    run as run,
)
from .plans import (
    OUTPUT_KINDS as OUTPUT_KINDS,
)
from .plans import (
    PLAN_KINDS as PLAN_KINDS,
)
from .plans import (
    Album as Album,
)
from .plans import (
    AlignedFrames as AlignedFrames,
)
from .plans import (
    AverageFace as AverageFace,
)
from .plans import (
    BigTiff as BigTiff,
)
from .plans import (
    BuildUp as BuildUp,
)
from .plans import (
    ContactSheet as ContactSheet,
)
from .plans import (
    Edl as Edl,
)
from .plans import (
    FaceMontagePlan as FaceMontagePlan,
)
from .plans import (
    FaceMosaic as FaceMosaic,
)
from .plans import (
    FaceSheet as FaceSheet,
)
from .plans import (
    Film as Film,
)
from .plans import (
    Gif as Gif,
)
from .plans import (
    Midi as Midi,
)
from .plans import (
    MosaicComparison as MosaicComparison,
)
from .plans import (
    MosaicImage as MosaicImage,
)
from .plans import (
    MosaicPlan as MosaicPlan,
)
from .plans import (
    MosaicVideo as MosaicVideo,
)
from .plans import (
    Otio as Otio,
)
from .plans import (
    PianoRoll as PianoRoll,
)
from .plans import (
    Placements as Placements,
)
from .plans import (
    ReviewSheet as ReviewSheet,
)
from .plans import (
    RunContext as RunContext,
)
from .plans import (
    SequencePlan as SequencePlan,
)
from .plans import (
    Stems as Stems,
)
from .plans import (
    Storyboard as Storyboard,
)
from .plans import (
    Tables as Tables,
)
from .plans import (
    VideoMosaicPlan as VideoMosaicPlan,
)
from .plans import (
    Wav as Wav,
)
from .plans import (
    ZoomFilm as ZoomFilm,
)
from .plans import (
    ZoomPage as ZoomPage,
)
from .plans import (
    standard_outputs as standard_outputs,
)
from .report.outputs import (
    ClusterReport as ClusterReport,
)
from .runtime.cache import (
    Cache as Cache,
)
from .sorting import (
    ORDERS as ORDERS,
)
from .sorting import (
    Aesthetic as Aesthetic,
)
from .sorting import (
    AlongAxis as AlongAxis,
)
from .sorting import (
    AlongText as AlongText,
)
from .sorting import (
    ByDate as ByDate,
)
from .sorting import (
    ByFeature as ByFeature,
)
from .sorting import (
    ByName as ByName,
)
from .sorting import (
    FromMedoid as FromMedoid,
)
from .sorting import (
    Interleave as Interleave,
)
from .sorting import (
    LeafOrder as LeafOrder,
)
from .sorting import (
    Listed as Listed,
)
from .sorting import (
    MotionPath as MotionPath,
)
from .sorting import (
    NearestTo as NearestTo,
)
from .sorting import (
    Outliers as Outliers,
)
from .sorting import (
    PersonSimilarity as PersonSimilarity,
)
from .sorting import (
    Phrase as Phrase,
)
from .sorting import (
    Shuffled as Shuffled,
)
from .sorting import (
    SmoothPath as SmoothPath,
)
from .sorting import (
    TemporalOrder as TemporalOrder,
)
from .sorting import (
    TowardsNext as TowardsNext,
)
from .sorting import (
    Weighted as Weighted,
)
from .visuals.video import (
    Captions as Captions,
)
from .visuals.video import (
    CrossFade as CrossFade,
)
from .visuals.video import (
    Cut as Cut,
)
from .visuals.video import (
    EndCard as EndCard,
)
from .visuals.video import (
    Fade as Fade,
)
from .visuals.video import (
    KenBurns as KenBurns,
)
from .visuals.video import (
    Parallax as Parallax,
)
from .visuals.video import (
    SlowZoom as SlowZoom,
)
from .visuals.video import (
    Stabilisation as Stabilisation,
)
from .visuals.video import (
    TitleCard as TitleCard,
)
from .visuals.video import (
    Watermark as Watermark,
)
from .visuals.video import (
    to_moviepy as to_moviepy,
)

__version__: str
from .atlas.given_cells import (
    GivenCells as GivenCells,
)
from .atlas.layout_kinds import (
    LAYOUTS as LAYOUTS,
)
from .atlas.layout_kinds import (
    GridLayout as GridLayout,
)
from .atlas.metadata import (
    MetadataColumn as MetadataColumn,
)
from .atlas.metadata import (
    MetadataTable as MetadataTable,
)
from .atlas.value_layouts import (
    CategoryByDate as CategoryByDate,
)
from .atlas.value_layouts import (
    Islands as Islands,
)
from .atlas.value_layouts import (
    Plane as Plane,
)
from .atlas.value_layouts import (
    TimelineLayout as TimelineLayout,
)
from .plans import (
    AtlasPage as AtlasPage,
)
from .plans import (
    AtlasPlan as AtlasPlan,
)
from .plans import (
    AtlasTables as AtlasTables,
)
from .plans import (
    EmbeddingAtlas as EmbeddingAtlas,
)
from .plans import (
    FiftyOne as FiftyOne,
)
from .plans import (
    Matrix as Matrix,
)
from .plans import (
    Pyramid as Pyramid,
)
from .plans import (
    Vikus as Vikus,
)
from .plans.cut_outs import (
    CutOuts as CutOuts,
)
from .plans.cut_outs import (
    SubjectGif as SubjectGif,
)
