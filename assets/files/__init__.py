"""The file source: contract files of an inbox folder, landed as delivered into raw_files.

`discovery` finds the files and says which entity each is of, `reading` looks into one and refuses
what cannot be loaded, `loading` lands it. What the rows mean is decided in macros/contract/.
"""
