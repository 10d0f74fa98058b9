"""Many settings of a recipe, each trained with several seeds, and the best of them."""
