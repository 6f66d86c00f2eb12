"""Tasks: work for people (canvass, phone, data entry, host, drive, translate, train) in their own time.

Nouns: task, helper. A job, work for the machine, is never called a task.
May call: priority, districts, people, messaging, core, geodata.
"""
