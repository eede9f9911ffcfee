/** What is seen in a scene, in words that reasoning begins with: "I see a red circle at the top left and a blue star in the middle." */
import { enumerated, withArticle } from "../english.js";
import { placeOf } from "./captions.js";
import { inReadingOrder } from "./prompt-spec.js";
import type { Scene, SceneObject } from "./scene.js";

/**
 * Every object with its place, in reading order; with its size too where sizes matter. In one form, so that what is learnt is what is seen and
 * not how it is punctuated.
 */
export function sightOf({ objects }: Scene, isSized = false): string {
  return `I see ${enumerated(inReadingOrder(objects).map((object) => placed(object, isSized))) || "nothing"}.`;
}

/** "a (small) red circle at the top left" */
export function placed(object: SceneObject, isSized: boolean): string {
  return withArticle(`${isSized ? `${object.size} ` : ""}${nameOf(object)} ${placeOf(object)}`);
}

/** "red circle" */
export function nameOf({ color, shape }: SceneObject): string {
  return `${color} ${shape}`;
}
