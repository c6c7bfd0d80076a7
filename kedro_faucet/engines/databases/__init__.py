"""Tables of databases, as engines read them: Arrow datasets that push columns and filters into the server."""
