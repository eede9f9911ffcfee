/** What all builders of questions share: the question's draft, and the choice of what to ask about. */
import { choose, type Random } from "../../array/random.js";
import { RELATION_WORDS } from "./captions.js";
import { areHeldOut, type Referent, referentsByPlace, referentsByTraits, type Traits } from "./referents.js";
import { isHeldOut, type Scene } from "./scene.js";

/** A question before its last touches; `sentence` is the answer as one, `reasoning` leads from the picture to it. */
export interface Draft {
  readonly question: string;
  readonly answer: string;
  readonly sentence: string;
  readonly reasoning: string;
}

export interface Asking {
  readonly scene: Scene;
  readonly rng: Random;
  readonly isHeldOutToo: boolean;
}

export function pickReferent(asking: Asking, isFit: (referent: Referent) => boolean): Referent | undefined {
  const { scene, rng, isHeldOutToo } = asking;
  const byTraits = referentsByTraits(scene, rng).filter(isFit);
  const byPlace = referentsByPlace(scene, rng, (relation) => choose(rng, RELATION_WORDS[relation])).filter(isFit);
  const isByPlace = byPlace.length > 0 && (byTraits.length === 0 || rng.uniform() < 0.25);
  const pool = isByPlace ? byPlace : byTraits;
  if (pool.length === 0) return undefined;
  const heldOut = pool.filter(({ object }) => isHeldOut(object));
  const preferred = isHeldOutToo && heldOut.length > 0 ? heldOut : pool;
  // Each object is as likely as the others, however many words fit it.
  const object = choose(rng, [...new Set(preferred.map((referent) => referent.object))]);
  const fitting = preferred.filter((referent) => referent.object === object);
  return choose(
    rng,
    preferShort(rng, fitting, ({ told }) => told),
  );
}

export function isAskable({ isHeldOutToo }: Asking, traits: Traits): boolean {
  return isHeldOutToo || !areHeldOut(traits);
}

export function preferHeldOut({ isHeldOutToo, rng }: Asking, pool: readonly Traits[]): readonly Traits[] {
  const heldOut = isHeldOutToo ? pool.filter(areHeldOut) : [];
  return heldOut.length > 0 && rng.uniform() < 0.8 ? heldOut : pool;
}

/** Mostly what tells one trait only, "the star" rather than "the small blue star", where there is such. */
export function preferShort<T>(rng: Random, items: readonly T[], traitsOf: (item: T) => Traits): readonly T[] {
  const short = items.filter((item) => Object.keys(traitsOf(item)).length <= 1);
  return short.length > 0 && rng.uniform() < 0.7 ? short : items;
}
