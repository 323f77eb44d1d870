"""The catalogues of the desk's texts: gathered from the sources, brought up to date, and looked over."""
