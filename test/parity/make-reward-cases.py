"""Makes the cases of clip/, open-clip/ and image-reward/ beside this file: small random models of the public Python packages, and what
these compute. `python3 make-reward-cases.py`, with torch 1.13, transformers 4.40, open_clip_torch 2.20, image-reward 1.5 (and its timm
0.6.13, fairscale, torchvision), safetensors and pillow 11 (13 rounds some pixels of a resized picture otherwise). No public weights are involved; numbers are float32 on the CPU."""
import importlib
import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import BertTokenizerFast, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizerFast

HERE = Path(__file__).parent
TEXTS = [
    "a red circle",
    "Three BLUE  squares, one café & the dog's 2nd ball!",
    "An überlong prompt: " + "small green triangles above a large yellow star, " * 4,
]


def randomize(model: torch.nn.Module, gain: float = 0.7) -> None:
    """Weights of a size that lets every layer count."""
    for name, parameter in model.named_parameters():
        if name.endswith("logit_scale"):
            continue
        is_norm = any(part in name.lower() for part in ["norm", "ln_"]) and name.endswith("weight")
        deviation = 0.2 if parameter.ndim < 2 else gain * parameter[0].numel() ** -0.5
        torch.nn.init.normal_(parameter, 1.0 if is_norm else 0.0, deviation)


def pictures(count: int, seed: int) -> list[np.ndarray]:
    """Smooth pictures of different sizes [H, W, 3], uint8. What is cut off is even: transformers and torchvision halve odd numbers differently."""
    rng = np.random.default_rng(seed)
    sizes = [(40, 40), (36, 62), (74, 33)][:count]
    small = [Image.fromarray(rng.integers(0, 256, (7, 9, 3), dtype=np.uint8)) for _ in sizes]
    return [np.asarray(image.resize((w, h), Image.BICUBIC)) for image, (h, w) in zip(small, sizes)]


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def merges_of(texts: list[str], count: int) -> list[tuple[str, str]]:
    """Byte pairs that are frequent in the texts, with CLIP's mark at the end of words."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=count + 60, end_of_word_suffix="</w>"))
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    pairs = [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in merges]
    return [pair for pair in pairs if not pair[0].startswith("Ġ")][:count]


def clip_tokenizer(directory: Path) -> CLIPTokenizerFast:
    """Laid out as OpenAI's: bytes, bytes that end a word, merges, begin and end."""
    from transformers.models.clip.tokenization_clip import bytes_to_unicode

    alphabet = list(bytes_to_unicode().values())
    merges = merges_of(TEXTS, 120)
    tokens = alphabet + [byte + "</w>" for byte in alphabet] + ["".join(pair) for pair in merges]
    tokens = list(dict.fromkeys(tokens)) + ["<|startoftext|>", "<|endoftext|>"]
    write_json(directory / "vocab.json", {token: i for i, token in enumerate(tokens)})
    (directory / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    tokenizer = CLIPTokenizerFast(str(directory / "vocab.json"), str(directory / "merges.txt"), model_max_length=24)
    tokenizer.save_pretrained(directory)
    for name in ["vocab.json", "merges.txt", "special_tokens_map.json"]:
        (directory / name).unlink(missing_ok=True)
    return tokenizer


def token_case(tokenizer, max_length: int) -> dict[str, torch.Tensor]:
    encoded = tokenizer(TEXTS, padding="max_length", truncation=True, max_length=max_length, return_tensors="pt")
    return {"ids": encoded["input_ids"], "isText": encoded["attention_mask"]}


def clip_config(tokenizer, activation: str) -> dict:
    return {
        "projection_dim": 20,
        "text_config": {
            "hidden_size": 24, "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 3, "hidden_act": activation,
            "vocab_size": len(tokenizer), "max_position_embeddings": 24, "projection_dim": 20,
            "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
        },
        "vision_config": {
            "hidden_size": 32, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": activation,
            "image_size": 28, "patch_size": 7, "projection_dim": 20,
        },
    }


def save_case(path: Path, tensors: dict[str, torch.Tensor], images: list[np.ndarray]) -> None:
    shown = {f"picture.{i}": torch.from_numpy(image.copy()) for i, image in enumerate(images)}
    save_file({name: value.contiguous() for name, value in {**tensors, **shown}.items()}, path, {"texts": json.dumps(TEXTS)})


@torch.no_grad()
def make_clip() -> None:
    directory = HERE / "clip"
    directory.mkdir(exist_ok=True)
    tokenizer = clip_tokenizer(directory)
    config = clip_config(tokenizer, "quick_gelu")
    torch.manual_seed(1)
    model = CLIPModel(CLIPConfig(**config)).eval()
    randomize(model)
    processor = CLIPProcessor(CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=28), tokenizer)
    processor.image_processor.save_pretrained(directory)
    images = pictures(3, seed=1)
    pixels = processor.image_processor(images, return_tensors="pt")["pixel_values"]
    text = token_case(tokenizer, 24)
    outputs = model(input_ids=text["ids"], attention_mask=text["isText"], pixel_values=pixels)
    write_json(directory / "config.json", {"model_type": "clip", "architectures": ["CLIPModel"], **config})
    save_file(dict(model.state_dict()), directory / "model.safetensors", {"format": "pt"})
    results = {"images": outputs.image_embeds, "texts": outputs.text_embeds, "logits": outputs.logits_per_image}
    save_case(directory / "case.safetensors", {"pixels": pixels, **text, **results}, images)


@torch.no_grad()
def make_open_clip() -> None:
    """Weights as HPS v2 was published: open_clip's names, in a checkpoint of a trainer."""
    from open_clip.model import CLIP
    from open_clip.transform import image_transform

    directory = HERE / "open-clip"
    directory.mkdir(exist_ok=True)
    tokenizer = clip_tokenizer(directory)
    config = clip_config(tokenizer, "gelu")
    config["vision_config"].update(intermediate_size=64)
    config["text_config"].update(intermediate_size=96)
    torch.manual_seed(2)
    model = CLIP(
        embed_dim=20,
        vision_cfg={"image_size": 28, "patch_size": 7, "width": 32, "layers": 2, "head_width": 16, "mlp_ratio": 2.0},
        text_cfg={"context_length": 24, "vocab_size": len(tokenizer), "width": 24, "heads": 3, "layers": 2},
        quick_gelu=False,
    ).eval()
    randomize(model)
    images = pictures(3, seed=2)
    transform = image_transform(28, is_train=False)
    pixels = torch.stack([transform(Image.fromarray(image)) for image in images])
    text = token_case(tokenizer, 24)
    outputs = model(pixels, text["ids"])
    image_embeds, text_embeds, scale = outputs if isinstance(outputs, tuple) else (outputs[k] for k in ["image_features", "text_features", "logit_scale"])
    write_json(directory / "config.json", {"model_type": "clip", "architectures": ["CLIPModel"], **config})
    torch.save({"epoch": 1, "name": "random", "state_dict": model.state_dict()}, directory / "checkpoint.pt")
    results = {"images": image_embeds, "texts": text_embeds, "logits": scale * image_embeds @ text_embeds.T}
    save_case(directory / "case.safetensors", {"pixels": pixels, **text, **results}, images)


def public_image_reward() -> types.ModuleType:
    """The package's model alone: its other files want packages that the model does not need."""
    root = Path(importlib.util.find_spec("ImageReward").origin).parent
    for name, path in [("ImageReward", root), ("ImageReward.models", root / "models"), ("ImageReward.models.BLIP", root / "models/BLIP")]:
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package
    return importlib.import_module("ImageReward.ImageReward")


@torch.no_grad()
def make_image_reward() -> None:
    directory = HERE / "image-reward"
    directory.mkdir(exist_ok=True)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = sorted({word for text in TEXTS for word in text.lower().replace("é", "e").replace("ü", "u").split() if word.isalpha()})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *",.!?:'-", *words[1:]]
    (directory / "vocab.txt").write_text("\n".join(tokens) + "\n")
    tokenizer = BertTokenizerFast(str(directory / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(directory)
    for name in ["vocab.txt", "special_tokens_map.json"]:
        (directory / name).unlink(missing_ok=True)
    vision = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 96, "image_size": 32, "patch_size": 8}
    med = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": 16, "intermediate_size": 40,
        "num_hidden_layers": 2, "num_attention_heads": 4, "layer_norm_eps": 1e-12, "max_position_embeddings": 40, "pad_token_id": 0,
        "type_vocab_size": 2, "vocab_size": len(tokens), "encoder_width": 24, "add_cross_attention": True,
    }
    write_json(directory / "med_config.json", {**med, "vision_config": vision})

    package = public_image_reward()
    pretrain = importlib.import_module("ImageReward.models.BLIP.blip_pretrain")
    vit = importlib.import_module("ImageReward.models.BLIP.vit")
    small = lambda *_: (vit.VisionTransformer(img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=2), 24)
    pretrain.create_vit, pretrain.init_tokenizer = small, lambda: tokenizer
    torch.manual_seed(3)
    model = package.ImageReward(str(directory / "med_config.json"))
    model.mlp, model.preprocess = package.MLP(16), package._transform(32)
    model.eval()
    randomize(model, gain=1.2)
    model.half().float()  # numbers that 16 bits hold
    images = pictures(3, seed=3)
    pixels = torch.stack([model.preprocess(Image.fromarray(image)) for image in images])
    text = token_case(tokenizer, 35)
    scores = model.score_gard(text["ids"], text["isText"], pixels)[:, 0]
    for i, image in enumerate(images):  # the two ways that the package has agree
        assert abs(model.score(TEXTS[i], Image.fromarray(image)) - scores[i].item()) < 1e-5
    state = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    largest = "mlp.layers.2.weight"
    shards = {"model-00001-of-00002.safetensors": {n: v for n, v in state.items() if n != largest}, "model-00002-of-00002.safetensors": {largest: state[largest]}}
    for name, shard in shards.items():
        save_file(shard, directory / name, {"format": "pt"})
    weight_map = {tensor: name for name, shard in shards.items() for tensor in shard}
    write_json(directory / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    save_case(directory / "case.safetensors", {"pixels": pixels, **text, "scores": scores}, images)


if __name__ == "__main__":
    make_clip()
    make_open_clip()
    make_image_reward()
