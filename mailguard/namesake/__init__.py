"""Who a message is about, and what each recipient is to that customer. Pure."""
