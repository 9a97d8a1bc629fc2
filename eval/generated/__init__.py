"""Page histories made up here, with known edits: what is reported of them is compared with what was done to them.

`pages` makes a page as structured content; `number_edits`, `edits` and `turns` change it and state what is due to be reported; `noise` is what moves on real
pages without meaning anything; `styles` and `sites` write the page as HTML the way different sites do; `making` strings steps into histories;
`scoring` counts. Everything follows from a seed. Nothing here knows how pages are cleaned or compared.
"""
