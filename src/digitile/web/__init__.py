"""The reader and the training over HTTP, and the pages that use them in a browser.

Read in this order: `app` (the addresses), `schema` (what they take and answer), `problems` (what
goes wrong), `state` (what the server holds), `readers` (the queue and its processes), `tasks` (what
is done with pictures), `trainings` and `lessons` (trainings that are watched); `limits` and `body`
(what a client sends, bounded), `access`, `guard` and `tokens` (who may ask, and what every answer
carries), `logs` and `metrics`; `protocol` and `serve` (the server around it).
"""

from digitile.extras import require

require("web", "fastapi", "uvicorn", "python_multipart")
