/** Recipes of every kind of run: those of `training/`, and reinforcement. */
import { z } from "zod";
import { unigrpoRecipe } from "../rl/unigrpo-recipe.js";
import { parseRecipeAs, recipeSchema } from "../training/recipe.js";

const runRecipeSchema = z.discriminatedUnion("objective", [...recipeSchema.options, unigrpoRecipe]);

/** A recipe with its defaults filled in: plain JSON. */
export type RunRecipe = z.infer<typeof runRecipeSchema>;

/** A recipe from its YAML. @throws RecipeError naming each key that is missing, unknown or out of range, with its value */
export function parseRunRecipe(text: string, origin: string): RunRecipe {
  return parseRecipeAs<RunRecipe>(runRecipeSchema, text, origin);
}
