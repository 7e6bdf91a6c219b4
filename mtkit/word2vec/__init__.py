"""word2vec: words become vectors by predicting their neighbours (Mikolov et al., 2013).

"Efficient Estimation of Word Representations in Vector Space" has the two models, "Distributed
Representations of Words and Phrases and their Compositionality" what made them fast: negative
sampling and subsampling.  Read in this order: text (words become ids), windows (which words are
neighbours), objectives (the two models, each a loss and its gradients), model (the loop).

Axis letters here: N words of a text, V words of the vocabulary, D numbers of a vector, R blocks
of text, L words of a block, C = window + L + window words around it, K noise words of a block.
"""
