"""Pixels of slide files: opening them, measuring them, and cutting regions and tiles out.

`openslide_reader` is the only file that imports OpenSlide; `tiff_reader` takes the pyramidal TIFFs
that OpenSlide refuses. Planes are named as in webapp.slides.geometry; `_level` are pixels of one
pyramid level. Nothing here knows Django.
"""
