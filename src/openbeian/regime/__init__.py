"""The regulation as code and data: code tables, numbers, calendar, rules, lifecycle and shelf policy.

Nothing in this room knows a framework, a database or a wall clock. Every function takes facts, and the
instant at which they are judged, and returns what the regulation says about them.
"""
