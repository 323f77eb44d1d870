"""Where customers are fetched from: CSV folders, databases, directories, HTTP interfaces. One kind a file."""
