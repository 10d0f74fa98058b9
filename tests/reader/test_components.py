"""Connected components: as SciPy finds them."""

import numpy as np
import pytest
from scipy.sparse import csgraph, csr_array

from digitile.reader.components import connected_components


@pytest.mark.parametrize("edges", [0, 10, 40, 200])
def test_components_are_those_of_scipy(edges: int) -> None:
    rng = np.random.default_rng(edges)
    for _ in range(20):
        near = np.zeros((50, 50), bool)
        near[tuple(rng.integers(0, 50, (2, edges)))] = True
        _, expected = csgraph.connected_components(csr_array(near), directed=False)
        assert connected_components(near).tolist() == expected.tolist()


def test_a_long_chain_is_one_component() -> None:
    assert not connected_components(np.eye(2000, k=-1, dtype=bool)).any()


def test_no_node_is_in_no_component() -> None:
    assert connected_components(np.zeros((0, 0), bool)).shape == (0,)
