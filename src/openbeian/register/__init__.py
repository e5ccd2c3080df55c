"""The register (备案登记): organizers and services with their filing numbers. The only writer of numbers."""
