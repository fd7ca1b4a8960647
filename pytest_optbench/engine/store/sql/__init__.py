"""Stores in SQL databases: SQLite for one machine, PostgreSQL for several.

location, config     what a person writes, as plain data; nothing here imports SQLAlchemy
tables, rows         the schema, and a record as one row of it
database             one connection, made again when it was lost; sqlite and postgresql know what differs
draft, large_files   what a run writes before it is published; large files are kept by their hash
commits              one transaction for all runs that wait to be published
reader, store, whole the store of one experiment for reading, for writing, and all experiments of a database
columns              records by columns, for tables of a million runs
"""
