"""What reviewers say about a case, and what they are asked before an approval."""
