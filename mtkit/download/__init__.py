"""Public corpora: known files, fetched whole and checked, unpacked safely, laid out for training.

table   which corpora there are, and what is known of their files
fetch   one address to one checked file
unpack  one archive to the few files that are wanted of it
layout  those files to {train,valid,test}.{language}
mtdata  other corpora, through the package of that name
"""
