"""How the tables came to be, one numbered step a schema version. Run by `storage.upgrade`, on a connection that it hands in."""
