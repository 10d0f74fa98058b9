"""Every number of the reader that was chosen and not learnt, with how it was found.

`drawn` means: on drawn scenes of writers, fonts and scripts that no training saw. None was fitted
to photographs (docs/model.md says when some were looked at). Lengths are pixels of the picture that
the network is shown, or shares of a digit's height.
"""

# the page

CLEAR, CERTAIN, FEWEST, CLEARER = 3.0, 0.8, 2.5, 1.5
"""A page is tried upside down and sideways where fewer digits than the first are certain as it
stands (each counts as its line's confidence), unless all its lines are as certain as the second. It
is turned for more than the third, one digit alone may be a 1 or 0 from any side, and for so many
times as many. Of 324 lines, 257 are right upright, and 216, 215 and 227 of pages upside down and on
either side: 169, 159 and 206 where the probability of a text counts in place of its confidence, and
a page with two digits is not tried (drawn)."""

SEVERAL, LIKELY_SHARE = 3, 0.7
"""So is a page of so many lines or more where a smaller share of the digits read is likely: 0.68 to
0.91 are on upright pages of 7 to 15 lines, and 0.26 to 0.67 from other sides (drawn). For fewer
lines this costs a fifth more time, and no more are right (drawn)."""

DECISIVE = 6
"""So many of a page's lines, the best ones, say from which side it is read."""

# what the network is shown

TARGET = 28.0
"""Height that a line's digits are brought to: the (logarithmic) middle of those trained on."""

UNCERTAIN = 0.95
"""Lines less likely than this are looked at again: as many are right as with 0.8, but a third fewer
are accepted and wrong; 0.99 is the same (drawn)."""

OTHER_SIZES = (22.0, 35.0)
"""Where a line is not certain, it is looked at in these sizes, too, and the mean counts: 5 in
100 lines more are right; four other sizes bring no more (drawn)."""

STRIP = 128
"""Height of a line's strip: that of the scenes trained on."""

LONGEST, STEEP = 8192, 0.03
"""Pixels of a strip, at most. A line that rises by less for each of its pixels is level: so much
comes from uneven digits (drawn)."""

ENDS = 3.2
"""Heights of a digit by which a strip reaches beyond the digits found: `BESIDE`, and a digit, so
that the line's next one is seen whole. What the edge of a strip cuts off is none to the network."""

TILE, MARGIN = (256, 512), 48
"""Larger pictures are shown in parts, whose borders are left to their neighbours: half of what
the network looks at around a place. No influence on what is found, but on memory."""

SMALLEST, LARGEST = 7.0, 40.0
"""Digits looked for: from so many pixels of the picture to so many at the coarsest scale."""

MOST_ENLARGED = 4.0
"""Digits of 7 pixels reach the target's height; more only enlarges noise."""

FEWEST_DIGITS = 50
"""Digits are looked for down to this share of the picture's longer side."""

STEP = 1.6
"""From one scale of the search to the next: twice as coarse loses digits between two scales, 1.35
finds no more (drawn)."""

SLENDER = 6
"""A digit is at most so many times as tall as wide: a 1 that is cut out at the edge of its ink."""

EDGE = 0.15
"""A picture is continued by this share of the tallest digit it has room for, in the gray of its
edge."""

BLOCK, STANDS_OUT = 8, 7.0
"""Paper is blank where the grays of a block of so many pixels deviate by less from their mean, and
so is a picture of such blocks alone."""

AROUND = 44.0
"""What stands out is shown with so much around it: half of what the network looks at."""

RANGE, SURE = 3.0, 0.6
"""Where digits this likely were found, no others are looked for that are so many times smaller."""

FEW, CERTAIN_OF_FEW, PAGE = 2, 0.97, 0.2
"""A page of lines, seen from afar, passes for a large digit or two: so many at most are searched
for lines within, unless they are so certain, or smaller than this share of the picture's shorter
side. Of 60 pages of 2 to 5 lines 11 passed for digits, the most certain at 0.92; of 80 digits or
pairs that fill their picture 11 are less certain than 0.97 (drawn)."""

RANGE_OF_PAGE, SMALLER = 10.0, 1.5
"""Such lines' digits are looked for until so many times smaller: a page of 15 lines still passes
for a digit, 24 times as tall as its own, and those are seen by then (drawn). And they are at least
so many times smaller: digits of nearly the same size are the same ones, seen at another scale."""

# candidates

SEEN = 0.08
"""A place this likely to be no paper is a candidate; below, only noise comes in (drawn)."""

FAINT = 0.01
"""A line's candidate less likely than this is left out of it. On textured paper there are so many
that with all of them `BACK` forces one to be read: 7 in 100 numbers fewer were right (drawn)."""

SAME, INSIDE = 0.45, 0.8
"""Candidates are one where their boxes share so much of both, or of the smaller one."""

MOST = 1000
"""Candidates of a picture, the likeliest: more are not digits, but a texture."""

# lines of the search

LIKELY = 0.35
"""A candidate this likely to be a digit may found a line."""

FIT = 0.5
"""Deviation, in natural logarithms, of how well a height suits the network."""

BESIDE = 2.2
"""Heights between neighbours in a line, at most."""

STEEPEST = 0.6
"""Rise of the line from one neighbour to the next, at most: lines aslant by 20°, and uneven."""

LEVEL, DRIFT = 0.4, 0.1
"""Heights by which a neighbour may lie off the lines' direction, and more the farther it is."""

ALIKE = 1.8
"""Neighbours' heights differ by this factor at most."""

TAKEN = 0.3
"""Of two lines found at different scales the worse is left out where so much of the smaller box of
half of its digits is shared."""

MOST_LINES = 200
"""Lines read of one page, and cells read by themselves."""

LONGER = 6
"""A strip is cut so many times at most, each time reaching twice as far, where its line goes on."""

# the line itself

OFF = 0.62
"""Heights from the line's middle at which a candidate belongs to it no more."""

SHORT, TALL = 0.5, 1.75
"""A digit's height, in those of the line's."""

OVERLAP = 0.7
"""Two candidates that share so much of the narrower and of the lower one are not both there. With
0.5, of two narrow digits that touch one is dropped (drawn: 1 in 100 numbers)."""

KEPT, UNLIKELY = 3, -9.0
"""Signs kept of a candidate, and the logarithm below which none but the likeliest is. They bound
the search: what they leave out adds less than 1e-3 to a sum."""

UNUSUAL = -4.0
"""Added to the logarithm of how likely a text is that is written as no number, amount or date is:
one in fifty (drawn)."""

BACK = 16
"""Candidates between two neighbours in a text, at most."""

TEXTS, TEXTS_FOR_RULE = 8, 64
"""Texts of a line that are looked at; with a rule, more."""

FITTING = 1e-3
"""A rule changes a text only where the texts that follow it are this likely or more."""

WORTH_TELLING = 0.01
"""Lines less likely than this are left out: of 121 none was right, 114 were where nothing is
written (drawn)."""

OTHERS, LEAST = 3, 1e-4
"""So many alternatives are told, and only those this likely or more."""

GROUP_GAP, GROUP_RATIO = 0.5, 1.8
"""Groups are parted by gaps of this share of the height, and so many times the usual gap."""

# what was left unread

UNREAD_ENDS, PAPER, MOST_UNREAD = 0.6, 10, 2.0
"""Ink is looked for so many heights beyond a text's ends; paper has that of the emptiest of so many
columns in a hundred; and so many digits' ink is the most: without a bound, a ruled line or a stain
counts as much as many digits. Without the ends fewer dropped digits are noticed (drawn)."""

# grids of printed lines

GRID_SIDE, ENLARGED, SMOOTH = 2200, 2.0, 1.0
"""Lines are looked for at this length of the longer side, in pixels, but a picture is enlarged this
much at most, and smoothed by a Gaussian of this deviation. Of 84 drawn grids of 2 to 600 cells,
some of them barely visible, 63 were found with all their rows and columns. Before solid bars were
told from cells it was 65; 59 without smoothing, 56 without enlarging either."""

AROUND_LINES, LINE_CONTRASTS = 41, (2, 4, 8, 16)
"""A pixel is ink where it is darker than the mean of a square of this side, by one of these: faint
lines need the first, noisy paper the last (drawn)."""

SMALLEST_CELL = 9
"""Pixels of a cell's shorter side."""

SQUARE = 0.9
"""A piece of paper has four corners where it and the quadrilateral agree to this share: an ellipse
and the best quadrilateral in it do to 0.64, a frame with rounded corners to 0.95."""

ALIGNED, APART = 0.7, 0.7
"""Neighbours share so much of their height, or width, and the gap is at most so many of it."""

STIFF = 0.01
"""How little lines that are not quite parallel are believed to meet: those of a row of two boxes
are so only by noise (drawn)."""

WIDER = 0.35
"""A piece lies across several columns where their middles in it are so far apart, in its widths."""

FOUND, MOST_ROWS, MOST_PIECES = 0.5, 50, 3000
"""Of a grid's cells so many are seen, of at most so many rows and columns. More pieces of paper
than this are a texture."""

CUT = 0.4
"""The edge of a picture cuts so many squares of squared paper, for each cell at a grid's rim."""

OUTGROWN, FILLED = 1.2, 0.85
"""Digits within a grid are at most so tall, in heights of its cells, and at most so large in both
height and width: around a 0's inside they are larger, and as large where a thick 8 passes for one.
"""

INNER, INKED, NOISE, FLAT = 0.84, 0.25, 5.0, 12
"""A cell has ink where something so tall or wide, in its heights, is in its inner part (so much of
its sides, without what is left of its lines) and stands out by so many deviations of its grays, and
by more than the last: noise and JPEG make no more of one gray."""
