"""Getting into the desk: passwords, second factors, passkeys, the company's provider; and one's own account."""
