"""What other rules would have done with the mail of the last weeks."""
