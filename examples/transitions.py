"""How one image follows another, how long it lasts, how it fills the frame, and how small the files can be."""

from imbatch2soundvisu import *


def small(gif=False, **film):
    """Six images of 0.8 seconds, as a small film."""
    outputs = standard_outputs(
        Film(**{"size": (640, 360), **film}), Gif(size=(192, 108)), without=() if gif else (Gif,)
    )
    return {"limit": 6, "seconds_per_image": 0.8, "outputs": outputs}


phrases = small() | {"limit": 16, "seconds_per_image": None}

OUTPUTS = "outputs/examples/transitions"

PLANS = [
    # Hard cuts on the beat, and bars in the background colour.
    SequencePlan("cut", order="luminance", **small(gif=True, transition=Cut())),
    # Each image fades into the next; behind the images, a blurred copy of them.
    SequencePlan("cross-fade", order="hue", **small(transition=CrossFade(0.5), fit="blur")),
    # Slowly in, slowly out, cropped to fill the frame.
    SequencePlan("slow zoom", order="warmth", **small(motion=SlowZoom(0.12), fit="fill")),
    # Both, for a square screen.
    SequencePlan(
        "square",
        order="-colourfulness",
        **small(size=(360, 360), transition=CrossFade(0.4), motion=SlowZoom(0.06, alternate=False), fit="fill"),
    ),
    # From one part that matters to another, in an upright film; the crop keeps faces.
    SequencePlan(
        "ken burns",
        order="warmth",
        **small(size=(216, 384), transition=CrossFade(0.4), motion=KenBurns(0.3), fit="smart")
        | {"seconds_per_image": 2},
    ),
    # Striking images last four beats, others next to them one beat each; a fade is halfway on the beat.
    SequencePlan(
        "slow and quick",
        order="smooth",
        cutting="weight",
        **phrases | {"outputs": standard_outputs(Film(size=(640, 360), transition="cross-fade"), without=(Gif,))},
    ),
    # Long where a phrase begins and ends, short between; and the whole lasts 20 seconds.
    SequencePlan("in phrases", order="date", cutting="section", **phrases | {"total_seconds": 20}),
    # Four beats each, at the tempo that the music chooses.
    SequencePlan("a bar each", order="hue", beats_per_image=4, **small() | {"seconds_per_image": None}),
    # A GIF of at most 300 kB.
    SequencePlan("light enough to send", order="luminance", limit=6, outputs=[Gif(size=(192, 108), max_bytes=300_000)]),
    # A title and an end in time with the music, a caption on each image, a fade of picture and sound.
    SequencePlan(
        "with texts",
        order="hue",
        **small(
            title=TitleCard("Colours", 2), end="The end", captions=("name", "value"), watermark="© Me", fade_out=1.0
        ),
    ),
    # One frame for each image: a smaller film with a variable frame rate.
    SequencePlan("a frame each", order="luminance", **small(one_frame_per_still=True)),
]
