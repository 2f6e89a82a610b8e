/** What a call's context says, each time that it is asked: calls write it to the log, where nobody else reads or changes it. */
import { type Ctx, type Host, schema, t } from "evenlane/module";
import { ExposedHost } from "../common/host.ts";
import { record, recording } from "../common/record.ts";

const contexts = schema("contexts", recording);
const exposed = new ExposedHost();

/** Logs what the context says now, by the SDK and by the host itself, and the call's next random number in 32 bits. */
function look(ctx: Ctx, host: Host, step: string): void {
  const { timestamp, sender, connection } = ctx;
  const random = ctx.random() * 2 ** 32;
  ctx.log.info(JSON.stringify({ step, timestamp, sender, connection, random, context: JSON.parse(host.context()) }));
}

contexts.reducer("lookInReducer", { token: t.string() }, (ctx, { token }) => {
  const host = exposed.current;
  for (const step of ["0", "1", "2"]) look(ctx, host, step);
  record(ctx.db, token);
});

contexts.procedure("look", {}, async (ctx) => {
  const host = exposed.current;
  for (const step of ["0", "1", "2"]) look(ctx, host, step);
});

const urlsAndToken = { urls: t.array(t.string()), token: t.string() };

contexts.procedure("lookAround", urlsAndToken, async (ctx, { urls, token }) => {
  const host = exposed.current;
  look(ctx, host, "0");
  for (const [index, url] of urls.entries()) {
    await ctx.http.fetch(url);
    look(ctx, host, String(index + 1));
  }
  ctx.withTx((tx) => record(tx.db, token));
});

contexts.procedure("lookTogether", urlsAndToken, async (ctx, { urls, token }) => {
  const host = exposed.current;
  look(ctx, host, "0");
  await Promise.all(
    urls.map(async (url, index) => {
      await ctx.http.fetch(url);
      look(ctx, host, String(index + 1));
    }),
  );
  ctx.withTx((tx) => record(tx.db, token));
});

const untilAndToken = { until: t.number(), token: t.string() };

contexts.procedure("lookAsleep", untilAndToken, async (ctx, { until, token }) => {
  const host = exposed.current;
  look(ctx, host, "0");
  await ctx.sleepUntil(until);
  ctx.withTx((tx) => {
    look(ctx, host, "1");
    record(tx.db, token);
  });
});

contexts.reducer("scheduleLook", { at: t.number(), ...untilAndToken }, (ctx, { at, until, token }) => {
  ctx.schedule("lookAsleep", { until, token }, at);
});

contexts.procedure("lookThenFail", { url: t.string() }, async (ctx, { url }) => {
  const host = exposed.current;
  ctx.log.debug("debug");
  await ctx.http.fetch(url);
  ctx.log.warn("warn");
  look(ctx, host, "1");
  ctx.log.error("error");
  throw new Error("thrown by lookThenFail");
});

export default exposed.in(contexts.module());
