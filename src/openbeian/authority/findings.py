"""What this room finds in a dossier by itself."""

from openbeian.regime.finding_files import FindingFile

finding = FindingFile(__file__, "findings.csv").make
