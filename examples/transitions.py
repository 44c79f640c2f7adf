"""How one image follows another, how long it stays, how it fills the frame, and how small the files can be."""

from imbatch2soundvisu import *

SMALL = {"limit": 6, "seconds_per_image": 0.8, "size": (640, 360), "gif_size": (192, 108)}
PHRASES = SMALL | {"limit": 16, "seconds_per_image": None}

PLANS = [
    # Hard cuts on the beat, over black bars.
    SequencePlan("cut", order="luminance", transition=Cut(), **SMALL),
    # Each image melts into the next; the bars are a blurred copy of the image.
    SequencePlan("cross-fade", order="hue", transition=CrossFade(0.5), fit="blur", gif=False, **SMALL),
    # Slowly in, slowly out, cropped to fill the frame.
    SequencePlan("slow zoom", order="warmth", motion=SlowZoom(0.12), fit="fill", gif=False, **SMALL),
    # Both, for a square screen.
    SequencePlan(
        "square",
        order="-colourfulness",
        transition=CrossFade(0.4),
        motion=SlowZoom(0.06, alternate=False),
        fit="fill",
        gif=False,
        **SMALL | {"size": (360, 360)},
    ),
    # Striking images stay for four beats, plain neighbours for one each; the melting is half done on the beat.
    SequencePlan("slow and quick", order="smooth", cutting="weight", transition="CrossFade", gif=False, **PHRASES),
    # Long where a phrase begins and ends, a quick run between; and the whole lasts 20 seconds.
    SequencePlan("in phrases", order="date", cutting="section", gif=False, **PHRASES | {"total_seconds": 20}),
    # Four beats each, at whatever tempo the music likes.
    SequencePlan("a bar each", order="hue", beats_per_image=4, gif=False, **SMALL | {"seconds_per_image": None}),
    # A GIF that stays below 300 kB, whatever it takes.
    SequencePlan("light enough to send", order="luminance", video=False, gif_max_bytes=300_000, **SMALL),
    # One frame for each image: a smaller film with a variable frame rate.
    SequencePlan("a frame each", order="luminance", one_frame_per_still=True, gif=False, **SMALL),
]
