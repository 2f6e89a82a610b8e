/** Accounts with balances: what concurrent procedures and reducers do to each other's reads and writes. */
import { type Db, type SyncProcedureCtx, schema, t, table } from "evenlane/module";
import { counter, record, recording } from "../common/record.ts";

const tables = { accounts: table<{ balance: number }>(), ...recording };
const ledger = schema("ledger", tables);

type LedgerDb = Db<typeof tables>;

const accountAndAmount = { account: t.string(), amount: t.number() };
const fromToAndAmount = { from: t.string(), to: t.string(), amount: t.number() };

ledger.reducer("open", accountAndAmount, (ctx, { account, amount }) => {
  ctx.db.accounts.insert(account, { balance: amount });
});

ledger.reducer("transfer", fromToAndAmount, (ctx, { from, to, amount }) => {
  transfer(ctx.db, from, to, amount);
});

ledger.reducer("set", accountAndAmount, (ctx, { account, amount }) => {
  setBalance(ctx.db, account, amount);
});

ledger.reducer("setThenThrow", accountAndAmount, (ctx, { account, amount }) => {
  setBalance(ctx.db, account, amount);
  throw new Error("thrown by setThenThrow");
});

const fetchAndAdd = { url: t.string(), ...accountAndAmount };

ledger.procedure("addAfterFetch", fetchAndAdd, async (ctx, { url, account, amount }) => {
  await ctx.http.fetch(url);
  return ctx.withTx((tx) => add(tx.db, account, amount));
});

ledger.procedure("addBlocking", fetchAndAdd, (ctx: SyncProcedureCtx<typeof tables>, { url, account, amount }) => {
  ctx.http.fetch(url);
  return ctx.withTx((tx) => add(tx.db, account, amount));
});

ledger.procedure("readFetchWrite", fetchAndAdd, async (ctx, { url, account, amount }) => {
  const read = ctx.withTx((tx) => balanceOf(tx.db, account));
  await ctx.http.fetch(url);
  const written = read + amount;
  ctx.withTx((tx) => setBalance(tx.db, account, written));
  return written;
});

const fetchAndTransfer = { url: t.string(), ...fromToAndAmount };

ledger.procedure("transferAfterFetch", fetchAndTransfer, async (ctx, { url, from, to, amount }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => transfer(tx.db, from, to, amount));
});

ledger.procedure("audit", {}, async (ctx) => ctx.withTx((tx) => audit(tx.db)));

ledger.procedure("auditAfterFetch", { url: t.string() }, async (ctx, { url }) => {
  await ctx.http.fetch(url);
  return ctx.withTx((tx) => audit(tx.db));
});

ledger.procedure("balanceAfterFetch", { url: t.string(), account: t.string() }, async (ctx, { url, account }) => {
  await ctx.http.fetch(url);
  return ctx.withTx((tx) => tx.db.accounts.get(account)?.balance ?? null);
});

const fetchAndSweep = { url: t.string(), token: t.string() };

ledger.procedure("sweepAfterFetch", fetchAndSweep, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  return ctx.withTx((tx) => sweep(tx.db, token));
});

ledger.procedure("sweepBlocking", fetchAndSweep, (ctx: SyncProcedureCtx<typeof tables>, { url, token }) => {
  ctx.http.fetch(url);
  return ctx.withTx((tx) => sweep(tx.db, token));
});

ledger.reducer("sweep", { token: t.string() }, (ctx, { token }) => {
  sweep(ctx.db, token);
});

/** An account's balance; 0 where there is none. */
function balanceOf(db: LedgerDb, account: string): number {
  return db.accounts.get(account)?.balance ?? 0;
}

/** Writes an account's balance, and opens the account where there is none. */
function setBalance(db: LedgerDb, account: string, balance: number): void {
  if (db.accounts.get(account) === undefined) db.accounts.insert(account, { balance });
  else db.accounts.update(account, { balance });
}

function add(db: LedgerDb, account: string, amount: number): number {
  const balance = balanceOf(db, account) + amount;
  setBalance(db, account, balance);
  record(db, "add");
  return balance;
}

/** Writes the credit first, so that a refused transfer that is not undone shows. */
function transfer(db: LedgerDb, from: string, to: string, amount: number): void {
  setBalance(db, to, balanceOf(db, to) + amount);
  const balance = balanceOf(db, from);
  if (balance < amount) throw new Error(`insufficient funds in ${from}`);
  setBalance(db, from, balance - amount);
  record(db, "transfer");
}

function audit(db: LedgerDb): { sum: number; count: number } {
  const rows = db.accounts.scan();
  return { sum: rows.reduce((sum, [, { balance }]) => sum + balance, 0), count: rows.length };
}

/** Rewrites every account as it is, and watches the counter meanwhile: it moves if another transaction gets in between. */
function sweep(db: LedgerDb, token: string): { enter: number; exit: number; seen: number[] } {
  const enter = counter(db);
  const seen: number[] = [];
  for (const [account, { balance }] of db.accounts.scan()) {
    db.accounts.update(account, { balance: balance + 0 });
    seen.push(counter(db));
  }
  const exit = counter(db);
  record(db, token, { enter, exit, steps: seen.length });
  return { enter, exit, seen };
}

export default ledger.module();
