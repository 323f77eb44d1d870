"""What held letters and their answers teach about addresses of customers."""
