"""`python -m cnnlab` runs the same command line as `cnnlab`."""

from cnnlab.cli.main import main

main()
