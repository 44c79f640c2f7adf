"""Find the orders hidden in a folder of pictures, and watch and hear them."""
