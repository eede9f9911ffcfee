"""The step of training.ts in PyTorch: prints the seconds of each round as JSON. Threads: as many as there are cores."""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(os.cpu_count())
B, T, D, HEADS, MLP, LAYERS, VOCABULARY = 8, 256, 256, 4, 768, 4, 4096


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.Parameter(torch.ones(D)), torch.nn.Parameter(torch.ones(D))
        self.query, self.key, self.value, self.out = (torch.nn.Linear(D, D, bias=False) for _ in range(4))
        self.gate, self.up = (torch.nn.Linear(D, MLP, bias=False) for _ in range(2))
        self.down = torch.nn.Linear(MLP, D, bias=False)

    def forward(self, x, cos, sin):
        h = norm(x, self.norm1)
        heads = [p(h).view(B, T, HEADS, D // HEADS).transpose(1, 2) for p in (self.query, self.key, self.value)]
        mixed = F.scaled_dot_product_attention(rotate(heads[0], cos, sin), rotate(heads[1], cos, sin), heads[2])
        x = x + self.out(mixed.transpose(1, 2).reshape(B, T, D))
        h = norm(x, self.norm2)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


def norm(x, weight):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * weight


def rotate(x, cos, sin):
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, D)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = torch.nn.Parameter(torch.ones(D))
        self.head = torch.nn.Linear(D, VOCABULARY, bias=False)

    def forward(self, ids):
        half = D // HEADS // 2
        angles = torch.arange(T)[:, None] * 10000.0 ** (-torch.arange(half) / half)
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, angles.cos(), angles.sin())
        return self.head(norm(x, self.norm))


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.01)
ids, targets = torch.randint(VOCABULARY, (B, T)), torch.randint(VOCABULARY, (B, T))
seconds = []
for round in range(-2, int(sys.argv[1])):
    start = time.perf_counter()
    optimizer.zero_grad()
    F.cross_entropy(model(ids).view(-1, VOCABULARY), targets.view(-1)).backward()
    optimizer.step()
    if round >= 0:
        seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
