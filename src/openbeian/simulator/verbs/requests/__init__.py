"""Reading requests off the wire: what an operation concerns, and whether it may be opened.

| operation | key (Jlid, RecordId) | Bs of the processing result |
|---|---|---|
| XZBA | IspZtid | IspZtid |
| XZWZ | IspWzid | subject number (else Ztid), and the enterprise id in the extension |
| XZJR | IspJrid | IspJrid |
| BGBA | Ztid | Ztid |
| ZXBA | Jlid | Jlid |
"""
