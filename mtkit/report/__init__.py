"""A run as one page of HTML that needs no network: what is on it, and how it is drawn.

contents  all that a page shows, as plain data
history   what the log tells beside the curves
examples  which sentences are shown, and where they differ from their references
text      texts as a page can show them
inside    what the script gets to know of how a sentence was translated
pictures  curves, scores by length, and the map of the embedding, by matplotlib
svg       pictures as parts of a page
summary   what stands at its head
page      the page, by jinja2, from the templates, styles and scripts in `web`
"""
