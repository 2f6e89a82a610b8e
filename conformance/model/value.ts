import { isDeepStrictEqual } from "node:util";

/** Stands in a model's value where the contract leaves the value open. */
export const anything: unique symbol = Symbol("anything");

/** Whether an observed JSON value is one that the model allows. */
export function allows(model: unknown, observed: unknown): boolean {
  if (model === anything) return true;
  if (Array.isArray(model)) {
    if (!Array.isArray(observed) || observed.length !== model.length) return false;
    return model.every((item, index) => allows(item, observed[index]));
  }
  if (typeof model === "object" && model !== null) {
    if (typeof observed !== "object" || observed === null || Array.isArray(observed)) return false;
    const keys = Object.keys(model);
    if (keys.length !== Object.keys(observed).length) return false;
    return keys.every(
      (key) => Object.hasOwn(observed, key) && allows((model as Fields)[key], (observed as Fields)[key]),
    );
  }
  return isDeepStrictEqual(model, observed);
}

/** A model's value as text for people. */
export function shown(value: unknown): string {
  return JSON.stringify(value, (_, item) => (item === anything ? "(anything)" : item)) ?? "nothing";
}

type Fields = Record<string, unknown>;
