"""`python -m cnnlab` does the same as `cnnlab`."""

from cnnlab.cli.main import main

main()
