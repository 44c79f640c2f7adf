"""Phrases that clusters may be named by."""

#: What a cluster may be named by an embedding with a text encoder: kinds of image, subjects, places, light and mood.
PHRASES = (
    "a portrait of a person", "a group of people", "a crowd", "a child", "a close-up of a face", "hands",
    "a dog", "a cat", "a bird", "a fish", "an insect", "a wild animal", "a farm animal",
    "a flower", "a tree", "a forest", "a garden", "a mountain", "a desert", "the sea", "a river", "a waterfall",
    "snow and ice", "clouds in the sky", "a sunset", "the night sky", "fire", "rain",
    "a city street", "a building", "a tower", "a bridge", "a church", "a ruin", "a room indoors", "a kitchen",
    "a painting", "a drawing", "a sculpture", "a poster with text", "a document", "a map", "a diagram", "a logo",
    "a car", "a train", "a ship", "an aeroplane", "a bicycle", "a machine", "a tool", "a musical instrument",
    "food on a plate", "fruit", "a drink", "clothes", "a shoe", "jewellery", "furniture", "a toy",
    "a black and white photograph", "an old photograph", "an abstract pattern", "a texture", "a silhouette",
    "something bright and colourful", "something dark and gloomy", "something calm and empty", "something busy",
)  # fmt: skip
