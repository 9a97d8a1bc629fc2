"""Requisites of pages: discovered in archived bodies, requested after all due pages, archived, and counted."""
