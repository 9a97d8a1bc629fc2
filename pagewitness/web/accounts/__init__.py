"""The screens of accounts: login, one's own account, users, and the audit log."""
