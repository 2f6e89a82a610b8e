/** Interprets a plan that its caller hands over: what a call fetches, sleeps and does to the cells is data. */
import { EvenlaneError, type Json, type ProcedureCtx, type SyncProcedureCtx, schema, t } from "evenlane/module";
import { Aborted, doAll, type Op, tables } from "./ops.ts";

const script = schema("script", tables);

/** One step of a procedure: exactly one of the fields is there. */
interface Step {
  readonly fetch?: string;
  readonly sleep?: number;
  readonly tx?: readonly Op[];
  readonly fail?: string;
}

const steps = { steps: t.json<readonly Step[]>() };

script.reducer("run", { ops: t.json<readonly Op[]>() }, (ctx, { ops }) => doAll(ctx, ops));

script.procedure("play", steps, async (ctx, { steps }) => {
  const seen: Json[] = [];
  for (const step of steps) {
    if (step.fetch !== undefined) {
      const { fetch: url } = step;
      try {
        const response = await ctx.http.fetch(url);
        seen.push({ status: response.status, body: response.text() });
      } catch (error) {
        seen.push(refused(error));
      }
    } else if (step.sleep !== undefined) {
      await ctx.sleepUntil(step.sleep);
      seen.push({ slept: step.sleep });
    } else seen.push(doAtOnce(ctx, step));
  }
  return seen;
});

script.procedure("playBlocking", steps, (ctx: SyncProcedureCtx<typeof tables>, { steps }) => {
  const seen: Json[] = [];
  for (const step of steps) {
    if (step.fetch !== undefined) {
      try {
        const response = ctx.http.fetch(step.fetch);
        seen.push({ status: response.status, body: response.text() });
      } catch (error) {
        seen.push(refused(error));
      }
    } else if (step.sleep !== undefined) {
      ctx.sleepUntil(step.sleep);
      seen.push({ slept: step.sleep });
    } else seen.push(doAtOnce(ctx, step));
  }
  return seen;
});

/** What a fetch that was refused gives; any other error goes on. */
function refused(error: unknown): Json {
  if (error instanceof EvenlaneError) return { refused: error.category };
  throw error;
}

/** Does a step that waits for nothing. */
function doAtOnce(ctx: ProcedureCtx<typeof tables>, step: Step): Json {
  if (step.tx !== undefined) return transact(ctx, step.tx);
  if (step.fail !== undefined) throw new Error(step.fail);
  throw new Error(`the script knows no step named ${Object.keys(step).join(", ")}`);
}

/** Does the operations in one transaction. Only its end is observed: an operation that is refused fails the call. */
function transact(ctx: ProcedureCtx<typeof tables>, ops: readonly Op[]): Json {
  let isDone = false;
  try {
    const tx = ctx.withTx((work) => {
      const seen = doAll(work, ops);
      isDone = true;
      return seen;
    });
    return { tx };
  } catch (error) {
    if (error instanceof Aborted) return { undone: "abort" };
    if (isDone && error instanceof EvenlaneError) return { undone: error.category };
    throw error;
  }
}

export default script.module();
