"""What was written, before it means anything: nodes with their places, gathered of files. For config/ alone.

Of the rest of config/ it knows `faults` alone; PyYAML is asked by `config.reading`.
"""
