"""``openbeian soak``: very many orders through a link on which everything goes wrong.

``plan`` says beforehand, by seed, who files what and how each handing over ends. ``people`` are the organizers and
reviewers who do it, ``tasks`` what the provinces give the platform to do meanwhile, ``trouble`` what befalls the
machinery. ``checks`` compare what came of it, on both sides of the wire, with the plan.
"""
