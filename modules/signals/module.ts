/** Fetches that are aborted by a signal, which only JavaScript guests have. */
import { AbortController, EvenlaneError, schema, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

const signals = schema("signals", recording);

/** How a fetch ended: its body, or the category and name of what it rejected with. */
async function endOf(fetch: Promise<{ text(): string }>): Promise<string> {
  try {
    return (await fetch).text();
  } catch (error) {
    return error instanceof EvenlaneError ? `${error.name}: ${error.category}` : String(error);
  }
}

signals.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

/** Fetches three at once, aborts the first when the response of `trigger` is there, and fetches `late` with the same signal. */
signals.procedure(
  "abortWhileHeld",
  { victim: t.string(), other: t.string(), trigger: t.string(), late: t.string() },
  async (ctx, { victim, other, trigger, late }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = endOf(ctx.http.fetch(victim, { signal }));
    const kept = endOf(ctx.http.fetch(other, { signal: new AbortController().signal }));
    await ctx.http.fetch(trigger);
    controller.abort();
    const ends = { victim: await aborted, late: await endOf(ctx.http.fetch(late, { signal })) };
    ctx.withTx((tx) => record(tx.db, "aborted"));
    return { ...ends, other: await kept };
  },
);

/** Fetches with a signal that was aborted for a reason of the module's own. */
signals.procedure("abortBeforeFetch", { url: t.string() }, async (ctx, { url }) => {
  const controller = new AbortController();
  controller.abort("no longer wanted");
  return endOf(ctx.http.fetch(url, { signal: controller.signal }));
});

export default signals.module();
