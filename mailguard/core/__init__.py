"""Plain values of the domain. Imports nothing of mailguard's other rooms, opens nothing, logs nothing."""
