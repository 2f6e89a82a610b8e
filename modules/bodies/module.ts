/** Bodies of transactions that only JavaScript can have: async ones, what they leave running, and the values that go through them. */
import { type AsyncProcedureCtx, EvenlaneError, type Host, schema, type Tx, t } from "evenlane/module";
import { ExposedHost } from "../common/host.ts";
import { record, recording } from "../common/record.ts";
import { categoryAnswered, categoryRefused } from "../common/refusals.ts";

type Tables = typeof recording;
type Body = (tx: Tx<Tables>) => null;

const bodies = schema("bodies", recording);
const exposed = new ExposedHost();
const kindAndToken = { kind: t.string(), token: t.string() };
const urlKindAndToken = { url: t.string(), ...kindAndToken };

bodies.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

bodies.procedure("asyncBody", kindAndToken, async (ctx, { kind, token }) => {
  let ran = false;
  const body = bodyOf(kind, (tx) => {
    ran = true;
    record(tx.db, token);
  });
  const refused = categoryRefused(() => ctx.withTx(body));
  ctx.withTx((tx) => record(tx.db, `${token}/next`));
  // What the body left behind would run in these rounds.
  for (let round = 0; round < 4; round++) await null;
  return { refused, ran };
});

/** A body of a kind that does `work`; the compiler would refuse the async ones, and does not see them here. */
function bodyOf(kind: string, work: (tx: Tx<Tables>) => void): Body {
  async function declared(tx: Tx<Tables>) {
    work(tx);
    await null;
    work(tx);
  }
  const methods = {
    async asyncMethod(tx: Tx<Tables>) {
      await null;
      work(tx);
    },
  };
  const kinds: Record<string, unknown> = {
    arrow: async (tx: Tx<Tables>) => work(tx),
    declared,
    method: methods.asyncMethod,
    bound: declared.bind(null),
    plain: (tx: Tx<Tables>) => work(tx),
    "plain-bound": ((tx: Tx<Tables>) => work(tx)).bind(null),
  };
  const body = kinds[kind];
  if (body === undefined) throw new Error(`bodies knows no kind of body named ${kind}`);
  return body as Body;
}

/**
 * A body starts work that goes on after it: it tries to write when its microtask has come, and again when a response has. The body
 * gives the promise of it (`given`), or leaves it out of its value (`dropped`); `own` is the near miss that writes in transactions of its own.
 */
bodies.procedure("leaveWork", urlKindAndToken, async (ctx, { url, kind, token }) => {
  const host = exposed.current;
  const late: string[] = [];
  let work: Promise<void> = Promise.resolve();
  const refused = categoryRefused(() =>
    ctx.withTx((tx) => {
      record(tx.db, token);
      work = kind === "own" ? writeAnew(ctx, url, token) : writeLater(ctx, host, tx, { url, token, late });
      return (kind === "given" ? work : null) as null;
    }),
  );
  ctx.withTx((tx) => record(tx.db, `${token}/next`));
  await work;
  return { refused, late };
});

interface LateWork {
  readonly url: string;
  readonly token: string;
  readonly late: string[];
}

async function writeLater(ctx: AsyncProcedureCtx<Tables>, host: Host, tx: Tx<Tables>, { url, token, late }: LateWork) {
  const row = JSON.stringify({ n: 0, token: `${token}/raw` });
  const write = () => {
    late.push(categoryRefused(() => record(tx.db, `${token}/late`)));
    late.push(categoryAnswered(host.tableInsert("log", `${token}/raw`, row)));
  };
  await null;
  write();
  await ctx.http.fetch(url);
  write();
}

async function writeAnew(ctx: AsyncProcedureCtx<Tables>, url: string, token: string): Promise<void> {
  await null;
  ctx.withTx((tx) => record(tx.db, `${token}/anew`));
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, `${token}/anew-after-fetch`));
}

/** What a call left behind for another. */
let kept: Host | undefined;

bodies.procedure("keepHost", { url: t.string(), token: t.string() }, async (ctx, { url, token }) => {
  kept = exposed.current;
  ctx.withTx((tx) => record(tx.db, token));
  await ctx.http.fetch(url);
});

bodies.procedure("useKeptHost", { token: t.string() }, async (ctx, { token }) => {
  if (kept === undefined) return { found: false };
  const host = kept;
  return ctx.withTx((tx) => {
    record(tx.db, token);
    const refused = {
      begin: categoryAnswered(host.txBegin()),
      get: categoryAnswered(host.tableGet("log", "000001")),
      insert: categoryAnswered(host.tableInsert("log", "leaked", JSON.stringify({ n: 0, token: "leaked" }))),
      commit: categoryAnswered(host.txCommit(null)),
      abort: categoryAnswered(host.txAbort()),
    };
    record(tx.db, `${token}/after`);
    return { found: true, refused };
  });
});

bodies.procedure("yieldOpen", { url: t.string(), token: t.string() }, async (ctx, { url, token }) => {
  const host = exposed.current;
  const response = ctx.http.fetch(url);
  host.txBegin();
  host.tableInsert("meta", "open", '{"n":0}');
  await response;
  const refused = categoryAnswered(host.txCommit(null));
  ctx.withTx((tx) => record(tx.db, token));
  return { refused };
});

bodies.procedure("valueOf", kindAndToken, async (ctx, { kind, token }) => {
  const value = madeValue(kind);
  const given = ctx.withTx((tx) => {
    record(tx.db, token);
    return value as null;
  });
  return { same: Object.is(given, value) };
});

bodies.procedure("exceptionOf", kindAndToken, async (ctx, { kind, token }) => {
  const value = madeValue(kind);
  let same = false;
  try {
    ctx.withTx((tx) => {
      record(tx.db, token);
      throw value;
    });
  } catch (error) {
    same = Object.is(error, value);
  }
  ctx.withTx((tx) => record(tx.db, `${token}/next`));
  return { same };
});

/** A value of a kind that must come out of a transaction as it went in. */
function madeValue(kind: string): unknown {
  switch (kind) {
    case "error":
      return new RangeError("of the guest");
    case "refusal":
      return new EvenlaneError(-5, "made by the guest");
    case "frozen":
      return Object.freeze({ field: [1] });
    case "instance":
      return new Map([[1, new Date(0)]]);
    case "function":
      return () => 1;
    case "symbol":
      return Symbol("of the guest");
    case "text":
      return "thrown text";
    case "not-a-number":
      return Number.NaN;
    case "null":
      return null;
    case "undefined":
      return undefined;
    default:
      throw new Error(`bodies knows no kind of value named ${kind}`);
  }
}

bodies.procedure("throwUncaught", { token: t.string() }, async (ctx, { token }) =>
  ctx.withTx((tx) => {
    record(tx.db, token);
    throw new RangeError("of the guest, uncaught");
  }),
);

export default exposed.in(bodies.module());
