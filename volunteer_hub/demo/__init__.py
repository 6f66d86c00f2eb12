"""The sample campaign: Florida's counties of 2000, invented volunteers, a generated town, simulated phones.

Everything about people here is made up from a seed and says so; places and votes are real public data.
Sits above the application: nothing imports it. The generators themselves know neither Flask nor the database.
"""
