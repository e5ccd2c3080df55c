"""A simulated communications administration (省通信管理局), one process for all 31 provinces.

It is the other side of the wire: it reads what is uploaded, keeps its own records, sends codes to a simulated
phone, decides, issues numbers and answers. It shares no table with the platform and never runs in production.
"""
