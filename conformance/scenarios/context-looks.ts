import { createHash } from "node:crypto";
import type { Submitted } from "./connection.ts";
import { expectSame } from "./expect.ts";
import type { Logs } from "./logs.ts";
import { Violation } from "./violation.ts";

/** What a call of the module `contexts` logged of its context. */
export interface Look {
  readonly step: string;
  readonly timestamp: number;
  readonly sender: string;
  readonly connection: string | null;
  readonly random: number;
  /** The same, by the host itself. */
  readonly context: {
    readonly call: string;
    readonly function: string;
    readonly timestamp: number;
    readonly sender: string;
    readonly connection: string | null;
  };
}

/** The looks of a call, in the order in which it logged them. */
export function looksOf(logs: Logs, call: Submitted): Look[] {
  return logs.of(call).flatMap(({ level, message }) => (level === "info" ? [lookOf(message)] : []));
}

/** A logged look. */
export function lookOf(message: string): Look {
  try {
    return JSON.parse(message);
  } catch {
    throw new Violation("missing-log", `a line of the log is not what the guest wrote: ${message.slice(0, 200)}`);
  }
}

/** Demands that every look of a call, by the SDK and by the host, shows this caller. */
export function sameCaller(
  looks: readonly Look[],
  expected: { readonly call?: string; readonly function: string; readonly sender: string; connection: string | null },
): void {
  for (const { step, sender, connection, context } of looks) {
    const { call: _, ...caller } = expected;
    expectSame(
      { function: context.function, sender: context.sender, connection: context.connection },
      caller,
      "wrong-value",
      `the caller by the host, at step ${step}`,
    );
    expectSame(
      { sender, connection },
      { sender: expected.sender, connection: expected.connection },
      "wrong-value",
      `the caller by the SDK, at step ${step}`,
    );
    if (expected.call !== undefined) {
      expectSame(context.call, expected.call, "wrong-value", `the call's name at step ${step}`);
    }
  }
}

/** The identity of a connection, or of a module itself. */
export function identityOf(seed: string, module: string, connection?: string): string {
  const text = connection === undefined ? `module:${module}` : `connection:${module}:${connection}`;
  return createHash("sha256").update(`${seed}:${text}`).digest("hex");
}

/** The first random numbers of the `n`th call of a module, each in 32 bits, by the formula of the guest ABI. */
export function randomsOf(seed: string, n: number, count: number): number[] {
  const digest = createHash("sha256").update(`${seed}:${n}`).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as [number, number, number, number];
  return Array.from({ length: count }, () => {
    const result = (a + b + d) >>> 0;
    d = (d + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + result) >>> 0;
    return result;
  });
}
