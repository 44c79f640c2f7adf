"""Other words for features, orders, clusterings, styles, outputs and effects, for "Did you mean" in messages."""

from __future__ import annotations

from collections.abc import Sequence

#: {name in this package: other words for it}. What a registry does not have is never suggested.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "luminance": ("brightness", "lightness", "light", "luma", "value", "exposure", "dark", "bright", "darkness"),
    "contrast": ("rms contrast", "dynamic range", "tonal range"),
    "hue": ("color", "colour", "tint", "rainbow", "colour wheel", "color wheel"),
    "saturation": ("vividness", "chroma", "purity"),
    "colourfulness": ("colorfulness", "colorful", "colourful", "vibrance", "vibrancy"),
    "warmth": ("temperature", "colour temperature", "color temperature", "warm", "cool", "cold"),
    "edge_density": ("edges", "detail", "busy", "busyness"),
    "sharpness": ("blur", "blurriness", "focus", "sharp"),
    "hue_spread": ("colour variety", "color variety", "number of colours"),
    "edge_strength": ("gradient", "steepness"),
    "texture": ("grain", "roughness", "pattern"),
    "saliency_x": ("horizontal position", "left", "right"),
    "saliency_y": ("vertical position", "top", "bottom"),
    "saliency_focus": ("saliency", "attention"),
    "depth_spread": ("depth", "deep", "flat to deep", "perspective", "distance"),
    "depth_gradient": ("gradient of depth", "steps of depth"),
    "far_share": ("far", "open space", "share of far", "sky", "horizon"),
    "hsv_value": ("hsv brightness", "v"),
    "hsv_saturation": ("hsv s", "s"),
    "listed": ("list", "given", "manual", "by hand"),
    "weighted": ("mix of features", "combined"),
    "next": ("towards next", "towards"),
    "text": ("phrase", "prompt", "along text"),
    "axis": ("along axis", "direction"),
    "feature": ("by feature",),
    "person": ("people", "face", "identity", "who", "by person"),
    "labels": ("classes", "given labels"),
    "cluster-theme": ("theme", "themes"),
    "cluster-profile": ("profile",),
    "mix": ("mixture", "layers"),
    "storyboard": ("timeline", "board"),
    "edl": ("cut list", "cmx", "cmx3600"),
    "otio": ("opentimelineio",),
    "cluster-report": ("report",),
    "atlas-page": ("map", "viewer", "atlas"),
    "atlas-tables": ("layouts", "coordinates"),
    "matrix": ("giant image", "image matrix"),
    "pyramid": ("tiles", "iiif"),
    "embedding-atlas": ("parquet", "apple"),
    "vikus": ("vikus viewer",),
    "fiftyone": ("fifty one", "voxel51"),
    "face-montage": ("montage", "faces", "one person", "growing up", "time lapse of a face"),
    "aligned-frames": ("aligned faces", "frames"),
    "average-face": ("mean face", "average"),
    "face-mosaic": ("mosaic of faces",),
    "face-sheet": ("faces", "portraits", "crops of faces"),
    "review-sheet": ("uncertain faces", "review", "who is it"),
    "morph": ("morphing", "metamorphosis"),
    "mosaic-image": ("mosaic", "photomosaic"),
    "mosaic-comparison": ("before and after", "comparison", "side by side"),
    "mosaic-video": ("video mosaic",),
    "build-up": ("build up", "animation", "assembly"),
    "placements": ("positions of tiles", "tile list"),
    "big-tiff": ("tiff", "bigtiff", "poster", "print"),
    "zoom-page": ("zoomable page", "deep zoom", "dzi", "openseadragon"),
    "zoom-film": ("zoom", "powers of ten"),
    "timeline": ("time line", "by year", "chronology"),
    "islands": ("clusters", "groups"),
    "plane": ("scatter", "two features"),
    "tsne": ("t-sne", "map"),
    "grid": ("raster", "matrix"),
    "hexagon": ("hexagons", "honeycomb", "hex"),
    "brick": ("bricks",),
    "quadtree": ("quad tree", "mixed sizes"),
    "entropy": ("complexity", "information"),
    "symmetry": ("symmetric", "mirror"),
    "skin_share": ("skin", "people"),
    "subject_scale": ("subject size", "subject", "zoom level"),
    "aspect": ("aspect ratio", "ratio", "shape", "width"),
    "orientation": ("portrait", "landscape", "upright"),
    "date": ("time", "taken", "chronological", "year", "month", "day", "when", "exif"),
    "name": ("filename", "file name", "alphabetical", "file", "path", "title"),
    "shuffled": ("random", "shuffle", "chance"),
    "smooth": ("similar", "similarity", "path", "tsp", "gradual", "morph", "travelling salesman"),
    "outliers": ("unusual", "strange", "odd", "anomalies"),
    "medoid": ("typical", "centre", "center", "central"),
    "leaves": ("dendrogram", "tree"),
    "interleave": ("alternate", "round robin", "in turn"),
    "nearest": ("like", "closest", "similar to"),
    "kmeans": ("k-means", "k means", "clusters"),
    "hierarchical": ("agglomerative", "ward", "linkage"),
    "density": ("hdbscan", "dbscan", "optics"),
    "folder": ("directory", "subfolder", "folders"),
    "temporal": ("time", "chronological order", "unshuffle", "recovered"),
    "motion-path": ("motion path", "continued motion", "flow path"),
    "focus": ("in focus", "defocus"),
    "shots": ("scenes", "scene detection", "cuts", "takes"),
    "motion": ("movement", "optical flow", "flow", "speed"),
    "camera_motion": ("pan", "camera movement", "shake"),
    "bins": ("quantiles", "ranges", "histogram"),
    "composed": ("compose", "generated", "algorithmic", "music"),
    "sonified": ("sonification", "sonify", "tones"),
    "track": ("song", "mp3", "recording", "audio"),
    "silent": ("none", "mute", "no music"),
    "film": ("video", "mp4", "movie", "slideshow"),
    "gif": ("animation", "animated gif"),
    "wav": ("audio", "sound"),
    "midi": ("mid", "notes", "score"),
    "contact-sheet": ("sheet", "grid", "thumbnails", "overview"),
    "piano-roll": ("pianoroll", "roll"),
    "tables": ("csv", "table", "json"),
    "stems": ("parts", "instruments", "multitrack"),
    "cut": ("none", "hard cut"),
    "cross-fade": ("fade", "dissolve", "crossfade", "blend"),
    "slow-zoom": ("zoom", "slow zoom"),
    "ken-burns": ("pan", "kenburns"),
    "vertical": ("9:16", "9x16", "story", "reel", "shorts", "tiktok", "mobile", "phone"),
    "hd": ("16:9", "1080p", "full hd", "fhd", "1920x1080"),
    "720p": ("1280x720",),
    "4k": ("uhd", "2160p", "3840x2160"),
    "square": ("1:1", "1x1"),
    "calm": ("quiet", "peaceful", "relaxed", "gentle", "soft", "slow", "ambient"),
    "bright": ("happy", "cheerful", "joyful", "sunny"),
    "dark": ("sad", "gloomy", "melancholic", "sombre"),
    "lively": ("energetic", "fast", "upbeat", "dance"),
    "total_seconds": ("duration", "length", "seconds", "total"),
    "seconds_per_image": ("seconds per photo", "interval", "duration per image"),
    "limit": ("max images", "count", "n", "number", "maximum"),
    "exclude": ("skip", "ignore", "without", "omit"),
    "include": ("only", "files"),
    "fade_out": ("fadeout", "fade"),
    "captions": ("subtitles", "labels", "text"),
    "look": ("appearance", "visual"),
    "cnn": ("resnet", "efficientnet", "imagenet", "resnet50", "vgg16", "mobilenet"),
    "clip": ("openclip", "vit", "clip_vit_b32"),
}


def meant_by(word: str, choices: Sequence[str]) -> str:
    """Return the choice that another word stands for, or "".

    Upper case, spaces, "-" and "_" make no difference. A "-" before the word, which orders downwards, stays.

    Examples
    --------
    >>> meant_by("Brightness", ["hue", "luminance"]), meant_by("-brightness", ["luminance"]), meant_by("x", ["hue"])
    ('luminance', '-luminance', '')
    """
    bare = word.strip().removeprefix("-")
    sign = "-" if bare != word.strip() else ""
    for name, others in SYNONYMS.items():
        if name in choices and _plain(bare) in map(_plain, (name, *others)):
            return sign + name
    return ""


def _plain(word: str) -> str:
    return "".join(word.casefold().replace("-", " ").replace("_", " ").split())
