"""Work with several runs: train ensembles and runs over seeds, evaluate and compare networks."""
