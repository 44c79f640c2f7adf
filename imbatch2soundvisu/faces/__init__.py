"""What is made of faces: aligned frames, morphs and averages. Functions on arrays, no plans."""
