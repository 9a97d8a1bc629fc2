"""Lists of pages to add: text files, CSV and the bookmark exports of browsers. Independent of databases."""
