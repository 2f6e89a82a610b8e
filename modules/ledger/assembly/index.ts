/** Accounts with balances: what concurrent procedures and reducers do to each other's reads and writes. */
import { counter, record } from "../../common/assembly/record";
import { Args, Db, Json, JsonArray, JsonNull, JsonNumber, JsonObject, ProcedureCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const ledger = schema("ledger", ["accounts", "meta", "log"]);

ledger.reducer("open", [t.string("account"), t.number("amount")], (ctx, args) => {
  ctx.db.table("accounts").insert(args.string("account"), rowOf(args.number("amount")));
});

ledger.reducer("transfer", [t.string("from"), t.string("to"), t.number("amount")], (ctx, args) => {
  transfer(ctx.db, args);
});

ledger.reducer("set", [t.string("account"), t.number("amount")], (ctx, args) => {
  setBalance(ctx.db, args.string("account"), args.number("amount"));
});

ledger.reducer("setThenThrow", [t.string("account"), t.number("amount")], (ctx, args) => {
  setBalance(ctx.db, args.string("account"), args.number("amount"));
  throw new Error("thrown by setThenThrow");
});

ledger.procedure("addAfterFetch", [t.string("url"), t.string("account"), t.number("amount")], addAfterFetch);

// A wasm procedure is written as blocking code in any case: this is the twin of a synchronous one in TypeScript.
ledger.procedure("addBlocking", [t.string("url"), t.string("account"), t.number("amount")], addAfterFetch);

function addAfterFetch(ctx: ProcedureCtx, args: Args): Json | null {
  ctx.http.fetch(args.string("url")).accept();
  const tx = ctx.begin();
  const account = args.string("account");
  const balance = balanceOf(tx.db, account) + args.number("amount");
  setBalance(tx.db, account, balance);
  record(tx.db, "add");
  tx.commit();
  return new JsonNumber(balance);
}

ledger.procedure("readFetchWrite", [t.string("url"), t.string("account"), t.number("amount")], (ctx, args) => {
  const account = args.string("account");
  const read = ctx.begin();
  const written = balanceOf(read.db, account) + args.number("amount");
  read.commit();
  ctx.http.fetch(args.string("url")).accept();
  const write = ctx.begin();
  setBalance(write.db, account, written);
  write.commit();
  return new JsonNumber(written);
});

ledger.procedure(
  "transferAfterFetch",
  [t.string("url"), t.string("from"), t.string("to"), t.number("amount")],
  (ctx, args) => {
    ctx.http.fetch(args.string("url")).accept();
    const tx = ctx.begin();
    transfer(tx.db, args);
    tx.commit();
    return null;
  },
);

ledger.procedure("audit", [], (ctx, args) => audit(ctx));

ledger.procedure("auditAfterFetch", [t.string("url")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  return audit(ctx);
});

ledger.procedure("balanceAfterFetch", [t.string("url"), t.string("account")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  const tx = ctx.begin();
  const row = tx.db.table("accounts").get(args.string("account"));
  tx.commit();
  return row === null ? new JsonNull() : row.get("balance");
});

ledger.procedure("sweepAfterFetch", [t.string("url"), t.string("token")], sweepAfterFetch);

ledger.procedure("sweepBlocking", [t.string("url"), t.string("token")], sweepAfterFetch);

function sweepAfterFetch(ctx: ProcedureCtx, args: Args): Json | null {
  ctx.http.fetch(args.string("url")).accept();
  const tx = ctx.begin();
  const result = sweep(tx.db, args.string("token"));
  tx.commit();
  return result;
}

ledger.reducer("sweep", [t.string("token")], (ctx, args) => {
  sweep(ctx.db, args.string("token"));
});

function rowOf(balance: f64): JsonObject {
  return new JsonObject().setNumber("balance", balance);
}

/** An account's balance; 0 where there is none. */
function balanceOf(db: Db, account: string): f64 {
  const row = db.table("accounts").get(account);
  return row === null ? 0 : row.getNumber("balance");
}

/** Writes an account's balance, and opens the account where there is none. */
function setBalance(db: Db, account: string, balance: f64): void {
  const accounts = db.table("accounts");
  if (accounts.get(account) === null) accounts.insert(account, rowOf(balance));
  else accounts.update(account, rowOf(balance));
}

/** Writes the credit first, so that a refused transfer that is not undone shows. */
function transfer(db: Db, args: Args): void {
  const from = args.string("from");
  const to = args.string("to");
  const amount = args.number("amount");
  setBalance(db, to, balanceOf(db, to) + amount);
  const balance = balanceOf(db, from);
  if (balance < amount) throw new Error("insufficient funds in " + from);
  setBalance(db, from, balance - amount);
  record(db, "transfer");
}

function audit(ctx: ProcedureCtx): JsonObject {
  const tx = ctx.begin();
  const rows = tx.db.table("accounts").scan();
  let sum: f64 = 0;
  for (let i = 0; i < rows.length; i++) sum += rows[i].row.getNumber("balance");
  tx.commit();
  return new JsonObject().setNumber("sum", sum).setNumber("count", rows.length);
}

/** Rewrites every account as it is, and watches the counter meanwhile: it moves if another transaction gets in between. */
function sweep(db: Db, token: string): JsonObject {
  const accounts = db.table("accounts");
  const enter = counter(db);
  const seen: f64[] = [];
  const rows = accounts.scan();
  for (let i = 0; i < rows.length; i++) {
    accounts.update(rows[i].key, rowOf(rows[i].row.getNumber("balance") + 0));
    seen.push(counter(db));
  }
  const exit = counter(db);
  record(db, token, new JsonObject().setNumber("enter", enter).setNumber("exit", exit).setNumber("steps", seen.length));
  return new JsonObject().setNumber("enter", enter).setNumber("exit", exit).set("seen", JsonArray.ofNumbers(seen));
}
