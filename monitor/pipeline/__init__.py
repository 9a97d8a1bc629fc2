"""The stages of a check in their order: visit, archive (T1), analyze, process (T2), reprocess.

Depends on all other folders of monitor; none depends on it.
"""
