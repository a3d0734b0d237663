"""A run on one page: the result, what stands out, how the network is made, how to repeat it."""
