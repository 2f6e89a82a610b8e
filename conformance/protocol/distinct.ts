import { z } from "zod";

/**
 * A list of `item` in which nothing stands twice; `key` names what is compared where the items are not texts. JSON
 * Schema can only say so of whole items, hence `uniqueItems` is the weaker half of the rule there.
 */
export function distinct<Item extends z.ZodType>(
  item: Item,
  what: string,
  key: (value: z.output<Item>) => string = (value) => `${value}`,
) {
  return z
    .array(item)
    .refine((values) => new Set(values.map(key)).size === values.length, { error: `${what}: something stands twice` })
    .meta({ uniqueItems: true });
}
