"""Who may do what in the web application: identities, sessions, passwords and forms."""
