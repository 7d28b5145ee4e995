"""The chain-rule laboratory: which derivative is looked at, its product factor by factor, and what can be asked of it.

question.py      what is asked: which number, at which sample, of what
answer.py        an explanation as what can be painted, computed away from the window's thread
laboratory.py    asks again when the run goes on, one question at a time
panel.py         the panel under the canvas, put together from the files below
factor_row.py    the factors, each under the blocks that it belongs to
sample_bars.py   what each sample contributes
mode.py          what can be done besides reading: each in a file of its own, nudge.py, paths.py (with path_list.py)
words.py         the sentences
mode.py          what else can be done with a derivative: nudge.py, slow_motion.py
slow_motion.py   one step, moment by moment: step_source.py brings it, timeline.py walks through it,
                 moment_view.py shows a moment (array_row.py, number_chooser.py, terms_list.py)
"""
