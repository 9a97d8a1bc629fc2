"""Convert a response body to blocks: charset, parser, block classifier, main content, metadata.

`classifier.STAGES` lists the stages. A cookie bar is recognised by its id or class (`class_hints`), by its wording (`phrase_rules`, `prompts`), or as a box
with buttons that accept (`widgets`).

Pure. Must not depend on facts, diff, tracking or pipeline.
"""
