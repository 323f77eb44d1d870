"""Letters made from any register, to right and wrong recipients, and what the whole judge does with them."""
