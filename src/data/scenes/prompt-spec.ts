/**
 * What a prompt means, as data: which objects, how many of each, and how two of them lie to each other. A caption is worded from it
 * (`captions.ts`), a scene is made from it, and a drawing is judged by it (`verifier.ts`).
 */
import { integer, type Random, shuffle } from "../../array/random.js";
import {
  type Kind,
  OPPOSITE,
  placeObjects,
  type Relation,
  relationOf,
  SCENE_SIZE,
  type Scene,
  type SceneObject,
} from "./scene.js";

/** `count` objects alike in colour and shape; in size too where `size` is there. */
export interface ObjectGroup extends Kind {
  readonly count: number;
}

/** Group `subject` lies `relation` of group `object`; both are indices of groups of one object. */
export interface StatedRelation {
  readonly subject: number;
  readonly relation: Relation;
  readonly object: number;
}

/** The picture holds just these objects, and no others. */
export interface PromptSpec {
  readonly groups: readonly ObjectGroup[];
  readonly relations: readonly StatedRelation[];
}

export interface PromptSpecOptions {
  /** `any` shuffles the groups, `reading` takes them as read, row by row. Default: `any`. */
  readonly order?: "any" | "reading";
  /** Probability of telling the size of a group all of one size. Default: in one caption of three, of every second group. */
  readonly sizeShare?: number;
  /** Probability of telling a relation where one is clear. Default: 0.6 for two objects, 0.35 for more. */
  readonly relationShare?: number;
}

/** A relation is stated with some margin over the rule by which it is judged. */
const STATED_RATIO = 1.4;

/** All objects of the scene, and some of its sizes and relations. */
export function promptSpec(scene: Scene, rng: Random, options: PromptSpecOptions = {}): PromptSpec {
  const { order = "any", sizeShare = rng.uniform() < 1 / 3 ? 0.5 : 0 } = options;
  const ordered = order === "any" ? shuffle(rng, scene.objects) : inReadingOrder(scene.objects);
  const members: SceneObject[][] = [];
  for (const object of ordered) {
    const alike = members.find(([first]) => first.color === object.color && first.shape === object.shape);
    if (alike) alike.push(object);
    else members.push([object]);
  }
  const groups = members.map((group): ObjectGroup => {
    const [{ color, shape, size }] = group;
    const isOneSize = group.every((object) => object.size === size);
    const isSized = rng.uniform() < sizeShare && isOneSize;
    return { color, shape, ...(isSized && { size }), count: group.length };
  });
  const pairs = members.flatMap((subjects, subject) =>
    members.flatMap((objects, object): StatedRelation[] => {
      if (subject === object || subjects.length > 1 || objects.length > 1) return [];
      const relation = relationOf(subjects[0], objects[0], STATED_RATIO);
      return relation ? [{ subject, relation, object }] : [];
    }),
  );
  const { relationShare = scene.objects.length === 2 ? 0.6 : 0.35 } = options;
  const isRelated = pairs.length > 0 && rng.uniform() < relationShare;
  return { groups, relations: isRelated ? [pairs[integer(rng, pairs.length)]] : [] };
}

/** A random scene that is what the prompt asks for. @throws RangeError when it asks for what has no room */
export function sceneOf(spec: PromptSpec, rng: Random): Scene {
  const kinds = spec.groups.flatMap(({ count, ...kind }) => Array.from({ length: count }, () => kind));
  const firstOf = (group: number) => spec.groups.slice(0, group).reduce((sum, { count }) => sum + count, 0);
  return placeObjects(rng, kinds, (objects) =>
    spec.relations.every(
      ({ subject, relation, object }) =>
        relationOf(objects[firstOf(subject)], objects[firstOf(object)], STATED_RATIO) === relation,
    ),
  );
}

/** The same relation, told from the other object. */
export function turnedAround({ subject, relation, object }: StatedRelation): StatedRelation {
  return { subject: object, relation: OPPOSITE[relation], object: subject };
}

/** By row of the picture's three (top, middle, bottom), then from left to right. */
export function inReadingOrder<T extends { readonly x: number; readonly y: number }>(objects: readonly T[]): T[] {
  return [...objects].sort((a, b) => third(a.y) - third(b.y) || a.x - b.x);
}

/** 0, 1 or 2: the first, middle or last third of the picture. */
export function third(coordinate: number): number {
  return Math.min(2, Math.floor((coordinate * 3) / SCENE_SIZE));
}
