"""Who may do what at the desk: the table of rights, teams, and the whole matrix."""
