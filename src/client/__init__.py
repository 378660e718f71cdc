"""The client of a Hearth server, for programs and for the terminal. It speaks HTTP and the socket protocol alone."""
