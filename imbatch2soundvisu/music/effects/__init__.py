"""What happens to the sound of each part between the synthesizer and the mix: equalization, stage, and hall."""
