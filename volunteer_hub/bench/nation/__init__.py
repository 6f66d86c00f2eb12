"""A nation of invented volunteers, events and shifts, seeded, for measurements at full size.

`names` and `people` say who there is, `calendar` what they can come to, `loading` brings it into an empty
campaign by COPY. Nobody here exists: emails end in example.org, and the exchange of every phone number
begins with 1, which no real one does.
"""
