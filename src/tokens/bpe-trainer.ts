/**
 * Trains a byte-level BPE tokenizer and writes it as a standard `tokenizer.json` with its `tokenizer_config.json`. A word keeps the
 * space before it; a digit is always one token, and the same one wherever it stands, so that numbers are spelt alike.
 *
 * Ids: the 256 bytes, merges in the order learnt, further tokens, special tokens, the mask last. No randomness: the same texts
 * in the same order give the same file.
 */
import { DEFAULT_CHAT_TEMPLATE } from "./chat-template.js";
import type { TokenizerConfig } from "./text-tokenizer.js";
import { SPECIAL_TOKEN_NAMES } from "./vocabulary.js";

/** What merges never cross: endings, words, single digits, marks, white space. */
const WORD_PATTERN = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** How large a tokenizer is to be, and what stands in it beside what the texts teach. */
export interface TokenizerTraining {
  /** Tokens in all, bytes and special tokens included. Fewer are made when the texts repeat too little. */
  readonly vocabularySize: number;
  /** Pairs seen less often are not merged; 2 by default. */
  readonly minCount?: number;
  /** Further tokens that are one piece wherever they stand and are part of the text, such as `<think>`. */
  readonly addedTokens?: readonly string[];
  /** Defaults to the released models' format. */
  readonly chatTemplate?: string;
}

/** A trained tokenizer, as the contents of its two files. */
export interface TrainedTokenizer {
  readonly tokenizerJson: Readonly<Record<string, unknown>>;
  readonly tokenizerConfig: TokenizerConfig;
  /** Tokens it has; image codes begin here. */
  readonly size: number;
}

/**
 * A tokenizer for `texts`.
 * @throws RangeError when `vocabularySize` has no room for the bytes and special tokens
 */
export function trainTokenizer(texts: Iterable<string>, training: TokenizerTraining): TrainedTokenizer {
  const { vocabularySize, minCount = 2, addedTokens = [], chatTemplate = DEFAULT_CHAT_TEMPLATE } = training;
  const added = [
    ...addedTokens.map((content) => ({ content, special: false })),
    ...SPECIAL_TOKEN_NAMES.map((content) => ({ content, special: true })),
  ];
  const numMerges = vocabularySize - 256 - added.length;
  if (numMerges < 0) {
    throw new RangeError(
      `a vocabulary of ${vocabularySize} has no room for 256 bytes and ${added.length} special tokens; ask for ${256 + added.length} or more`,
    );
  }
  const pairs = learnMerges(
    countWords(
      texts,
      added.map(({ content }) => content),
    ),
    numMerges,
    minCount,
  );
  const tokens = byteCharacters();
  const merges = pairs.map(([left, right]) => {
    tokens.push(tokens[left]! + tokens[right]!);
    return `${tokens[left]} ${tokens[right]}`;
  });
  const tokenizerJson = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added.map((token, i) => ({
      id: tokens.length + i,
      ...token,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: WORD_PATTERN }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  const tokenizerConfig = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<|startoftext|>",
    eos_token: "<|endoftext|>",
    pad_token: "<|endoftext|>",
    mask_token: "<|mdm_mask|>",
    clean_up_tokenization_spaces: false,
    chat_template: chatTemplate,
  };
  return { tokenizerJson, tokenizerConfig, size: tokens.length + added.length };
}

/** How often each word stands in the texts, the tokens that are one piece anyway left out. */
function countWords(texts: Iterable<string>, pieces: readonly string[]): Map<string, number> {
  const word = new RegExp(WORD_PATTERN, "gu");
  const piece = new RegExp(pieces.map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"), "u");
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const part of text.split(piece)) {
      for (const match of part.match(word) ?? []) counts.set(match, (counts.get(match) ?? 0) + 1);
    }
  }
  return counts;
}

/** A pair of symbols as one number; symbols stay below 2^24. */
const PAIR_BASE = 2 ** 24;

/** The most frequent pair is merged, again and again; of equally frequent ones the one of the lowest ids. */
function learnMerges(words: Map<string, number>, numMerges: number, minCount: number): [number, number][] {
  const encoder = new TextEncoder();
  const spellings: number[][] = [];
  const wordCounts: number[] = [];
  const pairCounts = new Map<number, number>();
  /** Words that have, or once had, a pair. */
  const wordsWith = new Map<number, number[]>();

  /** Counts the pairs of a word, or takes them from the counts, and calls `see` with each. */
  const countPairs = (word: number, sign: 1 | -1, see?: (pair: number, left: number, right: number) => void): void => {
    const symbols = spellings[word]!;
    for (let i = 1; i < symbols.length; i++) {
      const [left, right] = [symbols[i - 1]!, symbols[i]!];
      const pair = left * PAIR_BASE + right;
      pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + sign * wordCounts[word]!);
      see?.(pair, left, right);
    }
  };
  const remember = (pair: number, word: number): void => {
    const holders = wordsWith.get(pair);
    if (holders === undefined) wordsWith.set(pair, [word]);
    else if (holders.at(-1) !== word) holders.push(word);
  };
  for (const [word, count] of words) {
    const index = spellings.push([...encoder.encode(word)]) - 1;
    wordCounts.push(count);
    countPairs(index, 1, (pair) => remember(pair, index));
  }

  const queue = new PairQueue();
  for (const [pair, count] of pairCounts) queue.push(pair, count);
  const merges: [number, number][] = [];
  while (merges.length < numMerges) {
    const top = queue.pop();
    if (top === undefined || top.count < minCount) break;
    const count = pairCounts.get(top.pair)!;
    if (count !== top.count) {
      // Counts only fall after they were queued.
      if (count > 0) queue.push(top.pair, count);
      continue;
    }
    const left = Math.floor(top.pair / PAIR_BASE);
    const right = top.pair % PAIR_BASE;
    const symbol = 256 + merges.length;
    merges.push([left, right]);
    const newPairs = new Set<number>();
    for (const word of wordsWith.get(top.pair) ?? []) {
      const merged = mergePair(spellings[word]!, left, right, symbol);
      if (merged === undefined) continue;
      countPairs(word, -1);
      spellings[word] = merged;
      countPairs(word, 1, (pair, first, second) => {
        if (first !== symbol && second !== symbol) return;
        newPairs.add(pair);
        remember(pair, word);
      });
    }
    wordsWith.delete(top.pair);
    for (const pair of newPairs) queue.push(pair, pairCounts.get(pair)!);
  }
  return merges;
}

/** `symbols` with every `left right`, from the left, replaced by `symbol`; undefined when there is none. */
function mergePair(symbols: readonly number[], left: number, right: number, symbol: number): number[] | undefined {
  const merged: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      merged.push(symbol);
      i++;
    } else merged.push(symbols[i]!);
  }
  return merged.length < symbols.length ? merged : undefined;
}

interface CountedPair {
  readonly pair: number;
  readonly count: number;
}

/** A binary heap: the highest count first, then the lowest pair. */
class PairQueue {
  readonly #heap: CountedPair[] = [];

  push(pair: number, count: number): void {
    const heap = this.#heap;
    const entry = { pair, count };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): CountedPair | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: CountedPair, b: CountedPair): boolean {
  return a.count > b.count || (a.count === b.count && a.pair < b.pair);
}

/** The printable character that stands for each byte in a byte-level vocabulary (that of GPT-2). */
function byteCharacters(): string[] {
  let numMoved = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(isPrintable ? byte : 256 + numMoved++);
  });
}
