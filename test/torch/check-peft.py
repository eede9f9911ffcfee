"""Adapters between mmada and PEFT, both ways; each side merges what the other wrote, and all weights are compared.

    npx mmada train recipes/tiny-lora.yaml --output runs/lora
    python3 test/torch/check-peft.py models/mini runs/lora/adapter

Needs PyTorch, PEFT and safetensors, and node on the path. Ends with an error where a weight differs.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file


def module_of(tensors):
    """Linear layers and plain parameters in the places that the names say, as the released model has them."""
    root = torch.nn.Module()
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        parent = root
        for i, part in enumerate(path):
            is_layer = i == len(path) - 1 and last == "weight" and tensor.ndim == 2
            if not hasattr(parent, part):
                child = torch.nn.Linear(tensor.shape[1], tensor.shape[0], bias=False) if is_layer else torch.nn.Module()
                parent.add_module(part, child)
            parent = getattr(parent, part)
        setattr(parent, last, torch.nn.Parameter(tensor.float(), requires_grad=False))
    return root


def merged_by_mmada(model, adapter, output):
    subprocess.run(
        ["node", "dist/cli/main.js", "merge", adapter, "--model", model, "--output", output, "--dtype", "float32"],
        check=True,
    )
    return load_file(Path(output) / "model.safetensors")


def compare(what, ours, theirs, base):
    assert set(ours) == set(theirs), sorted(set(ours) ^ set(theirs))
    worst = max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
    moved = sum(not torch.equal(theirs[name], base[name].float()) for name in theirs)
    print(f"{what}: {len(ours)} weights, {moved} of them adapted, largest difference {worst:.1e}")
    assert moved > 0 and worst < 1e-6


def main(model, adapter):
    base = load_file(Path(model) / "model.safetensors")
    with tempfile.TemporaryDirectory() as directory:
        ours = merged_by_mmada(model, adapter, f"{directory}/ours")
        peft = PeftModel.from_pretrained(module_of(base), adapter).merge_and_unload()
        compare("written by mmada, read by PEFT", ours, peft.state_dict(), base)

        torch.manual_seed(0)
        targets = r".*\.blocks\.\d+\.(q_proj|ff_out)"
        made = get_peft_model(module_of(base), LoraConfig(r=3, lora_alpha=5, target_modules=targets, init_lora_weights=False))
        made.save_pretrained(f"{directory}/adapter")
        ours = merged_by_mmada(model, f"{directory}/adapter", f"{directory}/theirs")
        compare("written by PEFT, read by mmada", ours, made.merge_and_unload().state_dict(), base)


if __name__ == "__main__":
    main(*sys.argv[1:])
