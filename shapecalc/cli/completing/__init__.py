"""What could follow the words of a command line: the answers to the scripts of `shapecalc completion`."""
