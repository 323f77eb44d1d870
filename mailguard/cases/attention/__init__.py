"""The attention check: before an approval the reviewer shows that they have looked at the customer on record."""
