"""Writes state-dict.bin, which src/weights/torch-file.test.ts reads: python3 make-fixture.py (any PyTorch from 1.6 on)."""
from collections import OrderedDict

import torch

shared = torch.arange(24, dtype=torch.float32) / 4
state = OrderedDict()
state["float32"] = shared.reshape(4, 6)
state["part"] = shared.reshape(4, 6)[1:3]
state["float16"] = (torch.arange(6).reshape(2, 3) - 2.5).half()
state["bfloat16"] = torch.tensor([1.0, -0.5, 384.0]).bfloat16()
state["float64"] = torch.tensor([[1 / 3]], dtype=torch.float64)
state["int64"] = torch.tensor([-(2**40), 7])
state["bool"] = torch.tensor([True, False])
state["scalar"] = torch.tensor(2.5)
state["empty"] = torch.zeros(0, 3)
state["parameter"] = torch.nn.Parameter(torch.ones(2))
state._metadata = OrderedDict([("", {"version": 1})])
torch.save(state, "state-dict.bin")
