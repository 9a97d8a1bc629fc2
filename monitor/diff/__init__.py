"""Two versions of a page to the changes between them: numbers, sentences, links, tables. Pure. Must not depend on tracking or pipeline."""
