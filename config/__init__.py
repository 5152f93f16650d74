"""radius.yaml: what it may say, reading it, and what is wrong or not advisable in it.

In front, for everybody: `reading` makes `settings` of files, `difference` compares two of them, `schema` is for editors,
`faults` are what is told, `kinds` the tables that rooms put their models into, `patience` and `secret` what others reckon
and hide with. Whoever has options of its own makes them of `models/`. Behind, for config/ alone: `validation`, `checks/`
and `yaml/`. Nothing here knows store/ or radiusd/.
"""
