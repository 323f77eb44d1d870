"""The weekly report: what passed, what was held and why, who decided how fast, against the weeks before."""
