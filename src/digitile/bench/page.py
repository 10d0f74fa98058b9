"""A network that reads pages, timed beside the papers': convolutions alone, answers by place."""

NETWORK = (
    "1x128x192 - 16C3same - ReLU - 32C3s2same - ReLU - 32C3same - ReLU - 64C3s2same - ReLU - "
    "64C3same - ReLU - 64C3d2same - ReLU - 64C3d3same - ReLU - 64C3same - ReLU - 128C1 - ReLU - "
    "15C1 - focal(1.5)+box(0.1)"
)
BATCH = 16
OPTIMISER = "adamw(0.9,0.999)"
