import { z } from "zod";

/** The chapters of the spec that hold requirements, in reading order. */
export const chapters = [
  "ordering",
  "isolation",
  "concurrency",
  "priority",
  "errors",
  "registration",
  "with-tx",
  "http",
  "lifecycle",
] as const;

/** Attributes of a requirement directive, as they stand in the chapter. */
export const requirementAttributes = z.strictObject({
  slug: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "a slug is lower-case words joined by hyphens"),
  level: z.enum(["MUST", "SHOULD", "PROFILE"]),
  guests: z.enum(["any", "js", "wasm"]),
  sizes: z
    .string()
    .regex(/^\d+( \d+)*$/, "sizes are whole numbers separated by single spaces")
    .optional(),
});

/** The labelled paragraphs that every requirement has, in this order, after its statement. */
export const labels = ["Stimulus", "Required", "Forbidden", "Rationale", "Source"] as const;

/** One clause of the spec. */
export const requirementSchema = z.strictObject({
  /** Chapter and slug: `ordering/resume-in-release-order`. Never changes once released. */
  id: z.string(),
  chapter: z.enum(chapters),
  level: requirementAttributes.shape.level,
  /** Which guests it speaks of: every one, those with native async functions, or those that the host suspends. */
  guests: requirementAttributes.shape.guests,
  /** The sizes that it must be tried at; empty where it names none. */
  sizes: z.array(z.number().int().positive()),
  statement: z.string().min(40, "the statement says too little to be normative"),
  stimulus: z.string().min(40, "the stimulus says too little to be carried out"),
  required: z.string().min(20, "the required observation says too little to be checked"),
  forbidden: z.string().min(10, "the forbidden observation says too little to be checked"),
  rationale: z.string().min(20),
  source: z.string().min(5),
  /** Where it stands: file and first line. */
  location: z.strictObject({ file: z.string(), line: z.number().int().positive() }),
});

/** One clause of the spec. */
export type Requirement = z.infer<typeof requirementSchema>;
