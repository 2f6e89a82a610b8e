/** What a guest finds besides its context: in the global scope, by evaluating text, and through the host object. */
import { type Ctx, type SyncProcedureCtx, schema, t } from "evenlane/module";
import { ExposedHost } from "../common/host.ts";

const ambient = schema("ambient", {});
const exposed = new ExposedHost();

/** What the global scope and its prototypes hold, up to Object.prototype, by name; what is there as undefined is not. */
function globals(): string[] {
  const found = new Set<string>();
  for (let scope: object | null = globalThis; scope !== null && scope !== Object.prototype; ) {
    for (const name of Object.getOwnPropertyNames(scope)) {
      if (name !== "constructor" && (globalThis as Record<string, unknown>)[name] !== undefined) found.add(name);
    }
    scope = Object.getPrototypeOf(scope);
  }
  return [...found].sort();
}

const atLoad = globals();

const allowed = { allowed: t.array(t.string()) };

ambient.procedure("globals", allowed, async (_ctx, { allowed }) => beyond(allowed));

ambient.procedure("globalsBlocking", allowed, (_ctx: SyncProcedureCtx, { allowed }) => beyond(allowed));

ambient.reducer("globalsInReducer", allowed, (_ctx, { allowed }) => beyond(allowed));

/** The names that are there and not allowed. */
function beyond(allowed: readonly string[]): { atLoad: string[]; now: string[] } {
  const other = (name: string) => !allowed.includes(name);
  return { atLoad: atLoad.filter(other), now: globals().filter(other) };
}

ambient.procedure("present", { names: t.array(t.string()) }, async (_ctx, { names }) => {
  const found = globals();
  return names.filter((name) => found.includes(name));
});

/** What an expression gives that is evaluated as text, by each way to make a function of it. */
ambient.procedure("evaluated", { expression: t.string() }, async (_ctx, { expression }) => {
  const found: string[] = [];
  const makers: readonly unknown[] = [Function, exposed.current.context.constructor, Object.constructor];
  for (const maker of makers) {
    try {
      found.push(String((maker as FunctionConstructor)(`return ${expression}`)()));
    } catch (error) {
      found.push(`threw ${(error as Error).name}`);
    }
  }
  return found;
});

/** Whether an expression, evaluated as text, imports a module. */
ambient.procedure("imported", { expression: t.string() }, async (_ctx, { expression }) => {
  try {
    await Function(`return ${expression}`)();
    return "imported";
  } catch {
    return "refused";
  }
});

/** What the language's own clock and generator say; the context's beside them. */
function values(ctx: Ctx) {
  const random = [Math.random(), Math.random(), Math.random()];
  return {
    timestamp: ctx.timestamp,
    now: Date.now(),
    // biome-ignore lint/complexity/useDateNow: the constructor is what is asked.
    date: new Date().getTime(),
    text: Date.parse(Date()),
    made: [new Date(5).getTime(), Date.UTC(1970, 0, 2), Date.parse("1970-01-01T00:00:01Z")],
    same: random.every((each) => each === ctx.random()),
  };
}

ambient.procedure("values", { url: t.string() }, async (ctx, { url }) => {
  const before = values(ctx);
  await ctx.http.fetch(url);
  return { before, after: values(ctx) };
});

ambient.reducer("valuesInReducer", {}, (ctx) => values(ctx));

ambient.procedure("valuesBlocking", {}, (ctx: SyncProcedureCtx) => values(ctx));

/** Whether the thread can be made to wait, or a promise be fulfilled later, without the host. */
ambient.procedure("waits", {}, async () => {
  const cell = () => new Int32Array(new SharedArrayBuffer(4));
  return { wait: tried(() => Atomics.wait(cell(), 0, 0, 0)), waitAsync: tried(() => waitAsync(cell())) };
});

function waitAsync(cell: Int32Array): unknown {
  const { waitAsync } = Atomics as unknown as { waitAsync: (...args: unknown[]) => unknown };
  return waitAsync(cell, 0, 0, 1000);
}

function tried(attempt: () => unknown): string {
  try {
    return `gave ${typeof attempt()}`;
  } catch (error) {
    return error instanceof TypeError || error instanceof ReferenceError ? "refused" : `threw ${(error as Error).name}`;
  }
}

export default exposed.in(ambient.module());
