"""The layer panel: all that can be seen of one block, and other such views pinned beside it.

sight.py          what is looked at: a block, a value, a picture, a unit, a sample, a scale
moment.py         what is known of a run at one moment
value.py          what every value has in common: its arrays, its scale, its words
parameters.py     values of a block's parameters: gradient, weight, update, ratio, check
passing.py        values that pass a block: activation and delta
values.py         all of them, by name
scale.py          numbers to colours, with the legend's marks (log_picture.py paints the logarithmic ones)
plane.py          where the numbers stand in a plane
picture.py        what the pictures have in common: cells.py (with cell_numbers.py), histogram.py
view.py           one sight, shown: the panel's own, and every pinned one (pins.py)
controls.py       chooses the sight, by buttons as in choice.py
readings.py       computes what passes the blocks, beside the window
panel.py          puts them together
"""
