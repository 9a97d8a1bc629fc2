"""The verdict on a snapshot: is this the page, or a block page, soft 404, consent wall, login wall? Pure. Must not depend on tracking or pipeline."""
