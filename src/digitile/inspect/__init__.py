"""Looking inside: a picture's way through a network, what a reader sees, how a training goes."""
