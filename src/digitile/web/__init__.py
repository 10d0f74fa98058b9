"""The reader and the training over HTTP, and the pages that use them in a browser.

Read in this order: `app` (the addresses), `body` (what a client sends, bounded), `guard` (who may
ask, and what every answer carries), `tasks` (what is done with pictures), `trainings` and
`lessons` (trainings that are watched), `serve` (the server around it).
"""
