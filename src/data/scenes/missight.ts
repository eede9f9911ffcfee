/**
 * Sights with mistakes: reasoning begins with what is seen, and a network does not always see right. Where the sight is given with
 * mistakes in it and what follows is still true of the picture, it learns to look again instead of believing whatever it has said.
 */
import { choose, integer, type Random } from "../../array/random.js";
import { COLORS, isHeldOut, type Kind, SCENE_SIZE, type Scene, type SceneObject, SHAPES, SIZES } from "./scene.js";
import { sightOf } from "./sight.js";

/** Reasoning as it is learnt: up to where it is given, and then what follows. */
export interface ResumedReasoning {
  readonly reasoning: string;
  readonly given: string;
}

/**
 * The reasoning with one or two mistakes in its sight, given up to there or to a word of what follows: where reasoning goes on from what is
 * given, its next block is what is learnt. Undefined where it tells no sight.
 */
export function withMissight(reasoning: string, scene: Scene, rng: Random): ResumedReasoning | undefined {
  const isSized = [true, false].find((sized) => reasoning.includes(sightOf(scene, sized)));
  if (isSized === undefined) return undefined;
  const sight = sightOf(scene, isSized);
  const [before, after] = reasoning.split(sight);
  const mistaken = `${before}${mistakenSight(scene, isSized, rng)}`;
  const words = after.split(/(?= )/);
  const told = words.slice(0, integer(rng, words.length + 1)).join("");
  return { reasoning: `${mistaken}${after}`, given: `${mistaken}${told}` };
}

/** Mistakes that cannot be told, such as of sizes where none are said, are made again. */
function mistakenSight(scene: Scene, isSized: boolean, rng: Random): string {
  const once = misseen(scene, rng);
  const sight = sightOf(rng.uniform() < 0.3 ? misseen(once, rng) : once, isSized);
  return sight === sightOf(scene, isSized) ? mistakenSight(scene, isSized, rng) : sight;
}

/** One object of another shape, colour, size or place, one too many or one too few; mostly the first, as networks err. */
function misseen(scene: Scene, rng: Random): Scene {
  const { objects } = scene;
  if (objects.length === 0) return scene;
  const wrong = integer(rng, objects.length);
  const { color, shape } = objects[wrong];
  const changed = (change: Partial<SceneObject>) =>
    objects.map((object, i) => (i === wrong ? { ...object, ...change } : object));
  /** Of no pair that is kept from training. */
  const another = <T>(traits: readonly T[], kindOf: (trait: T) => Kind): T =>
    choose(
      rng,
      traits.filter((trait) => !isHeldOut(kindOf(trait))),
    );
  const place = () => ({ x: integer(rng, SCENE_SIZE), y: integer(rng, SCENE_SIZE) });
  const mistakes = [
    ...Array(4).fill(() => changed({ shape: another(SHAPES, (shape) => ({ color, shape })) })),
    ...Array(2).fill(() => changed({ color: another(COLORS, (color) => ({ color, shape })) })),
    ...Array(2).fill(() => changed(place())),
    () => changed({ size: choose(rng, SIZES) }),
    () => objects.filter((_, i) => i !== wrong),
    () => [...objects, { ...objects[wrong], ...place() }],
  ] as const satisfies readonly (() => readonly SceneObject[])[];
  return { ...scene, objects: choose(rng, mistakes)() };
}
