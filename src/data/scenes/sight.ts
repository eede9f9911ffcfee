/** What is seen in a scene, in words that reasoning begins with: "I see a red circle at the top left and a blue star in the middle." */
import { placeOf } from "./captions.js";
import { inReadingOrder } from "./prompt-spec.js";
import type { Scene, SceneObject } from "./scene.js";

/** Every object with its place, in reading order; with its size too where sizes matter. */
export function sightOf({ objects }: Scene, isSized = false): string {
  return `I see ${enumerated(inReadingOrder(objects).map((object) => placed(object, isSized)))}.`;
}

/** "a (small) red circle at the top left" */
export function placed(object: SceneObject, isSized: boolean): string {
  return `a ${isSized ? `${object.size} ` : ""}${nameOf(object)} ${placeOf(object)}`.replace(/^a orange/, "an orange");
}

/** "red circle" */
export function nameOf({ color, shape }: SceneObject): string {
  return `${color} ${shape}`;
}

/** "a", "a and b", "a, b and c": one form, so that what is learnt is what is seen and not how it is punctuated. */
export function enumerated(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "nothing") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}
