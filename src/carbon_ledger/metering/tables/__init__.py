"""Tables of metered energy, CSV and Excel, read by a layout.

Data walks one way: `lines` (octets to text), `blocks` (text to columns of cells), `reader` and `wide` (cells to times
and values, by `clocks`, `stamps` and `numbers`), `steps` and `registers` (to energies of steps).
"""
