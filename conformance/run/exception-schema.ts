/** What a file of exceptions holds. Each complaint says what is wrong and what to do. */
import { closestMatch } from "leven";
import { z } from "zod";
import { type Column, columnsNamed } from "./columns.ts";
import { exceptionCodes } from "./exception.ts";

/** What exceptions can speak of. */
export interface Known {
  /** Ids of the spec's requirements. */
  readonly requirements: readonly string[];
  /** The columns of all hosts, whichever a run selects. */
  readonly columns: readonly Column[];
}

/** The file without its exceptions' fields. */
export const exceptionFileSchema = z.strictObject(
  {
    version: z.literal(1, {
      error: ({ input }) => fault("version", input, "version: 1, the only one that there is"),
    }),
    exceptions: z.array(z.unknown(), {
      error: ({ input }) => fault("exceptions", input, 'a list: a "- requirement: …" for each exception'),
    }),
  },
  { error: "a file of exceptions is a map; write version: 1 and the list exceptions:" },
);

/** One exception as it is written. */
export function exceptionSchema({ requirements, columns }: Known) {
  const labels = columns.map(({ label }) => label);
  const hosts = columns.map(({ host }) => host.name);
  const code = text("code", "the reason code that the cell fails with").refine(
    (value) => exceptionCodes.includes(value),
    {
      error: ({ input }) =>
        `"${input}" is no reason code; ${nearest(input, exceptionCodes, exceptionCodes.join(", "))}`,
    },
  );
  return z.strictObject(
    {
      requirement: text("requirement", "the id of a requirement").refine((value) => requirements.includes(value), {
        error: ({ input }) =>
          `there is no requirement "${input}"; ${nearest(input, requirements, "those that evenlane list shows")}`,
      }),
      column: text("column", "a column (node×ts) or a host's name for all its columns").refine(
        (value) => columnsNamed(columns, value).length > 0,
        {
          error: ({ input }) =>
            `there is no host or column "${input}"; ${nearest(input, [...labels, ...hosts], labels.join(", "))}`,
        },
      ),
      code: z.preprocess(
        (value) => (Array.isArray(value) ? value : [value]),
        z.array(code).min(1, '"code" lists nothing; write the reason code that the cell fails with'),
      ),
      reason: text("reason", "the cause, in a sentence"),
      link: text("link", "the URL where the cause is followed up").pipe(
        z.url({ protocol: /^https?$/, error: ({ input }) => `"${input}" is no URL; write one with https://` }),
      ),
      owner: text("owner", "who sees to it"),
      expires: text("expires", "the last day on which it holds (YYYY-MM-DD)").pipe(
        z.iso.date({
          error: ({ input }) => `"${input}" is no date; write the last day on which it holds as YYYY-MM-DD`,
        }),
      ),
      intermittent: z
        .literal(true, { error: ({ input }) => fault("intermittent", input, "true, or leave the line out") })
        .optional(),
    },
    { error: "an exception is a map; write requirement:, column: and the other fields" },
  );
}

/** The complaint about a key that nothing has; `keys` are those that there are. */
export function unknownKey(key: string, keys: readonly string[]): string {
  return `there is no key "${key}"; ${nearest(key, keys, keys.join(", "))}`;
}

function text(name: string, form: string) {
  return z.string({ error: ({ input }) => fault(name, input, form) }).refine((value) => value.trim() !== "", {
    error: `"${name}" is empty; write ${form}`,
    abort: true,
  });
}

function fault(name: string, input: unknown, form: string): string {
  if (input === undefined) return `"${name}" is missing; write ${form}`;
  if (input === null) return `"${name}" is empty; write ${form}`;
  return `"${name}" is ${JSON.stringify(input)}; write ${form}`;
}

function nearest(input: unknown, there: readonly string[], all: string): string {
  const near = closestMatch(String(input), there, { maxDistance: 3 });
  return near === undefined ? `write one of ${all}` : `did you mean ${near}?`;
}
