"""Events to text for people: mail, webhook, web and command line. Pure. Must not depend on channels."""
