"""Mosaics as pixels: strips of rows, posters of any size, and placements files from which they are painted again."""
