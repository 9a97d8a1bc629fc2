"""Find the requisites of a page: style sheets, images, fonts, icons, media, frames and linked PDF documents.

`discovery.requisites_of` is the entry. Pure: may use the model, the URL rules, and the charset and parse limits of extraction.
"""
