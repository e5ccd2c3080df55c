"""What can be wrong with a certification."""

from openbeian.regime.finding_files import FindingFile

CLAUSE = "微信认证 (certification)"
finding = FindingFile(__file__, "findings.csv").make
