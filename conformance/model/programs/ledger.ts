import { Thrown } from "../failure.ts";
import { body, type ModelModule, procedure, reducer, type Steps, syncProcedure, withTx } from "../program.ts";
import type { Transaction } from "../tables.ts";
import { counter, record } from "./recording.ts";

const balanceOf = (tx: Transaction, account: string): number =>
  (tx.get("accounts", account) as { balance: number } | undefined)?.balance ?? 0;

const setBalance = (tx: Transaction, account: string, balance: number): void =>
  tx.put("accounts", account, { balance });

function add(tx: Transaction, account: string, amount: number): number {
  const balance = balanceOf(tx, account) + amount;
  setBalance(tx, account, balance);
  record(tx, "add");
  return balance;
}

function transfer(tx: Transaction, from: string, to: string, amount: number): void {
  setBalance(tx, to, balanceOf(tx, to) + amount);
  const balance = balanceOf(tx, from);
  if (balance < amount) throw new Thrown(`insufficient funds in ${from}`);
  setBalance(tx, from, balance - amount);
  record(tx, "transfer");
}

function audit(tx: Transaction): { sum: number; count: number } {
  const rows = tx.scan("accounts") as [string, { balance: number }][];
  return { sum: rows.reduce((sum, [, { balance }]) => sum + balance, 0), count: rows.length };
}

function sweep(tx: Transaction, token: string): { enter: number; exit: number; seen: number[] } {
  const enter = counter(tx);
  const seen = tx.scan("accounts").map(() => enter);
  record(tx, token, { enter, exit: enter, steps: seen.length });
  return { enter, exit: enter, seen };
}

function* afterFetch<T>(url: string, run: (tx: Transaction) => T): Steps<T> {
  yield* body(url);
  return yield* withTx(run);
}

/** The module `ledger`. */
export const ledger: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["open", reducer((tx, { account, amount }) => tx.insert("accounts", account, { balance: amount }))],
    ["transfer", reducer((tx, { from, to, amount }) => transfer(tx, from, to, amount))],
    ["set", reducer((tx, { account, amount }) => setBalance(tx, account, amount))],
    [
      "setThenThrow",
      reducer((tx, { account, amount }) => {
        setBalance(tx, account, amount);
        throw new Thrown("thrown by setThenThrow");
      }),
    ],
    ["addAfterFetch", procedure(({ url, account, amount }) => afterFetch(url, (tx) => add(tx, account, amount)))],
    ["addBlocking", syncProcedure(({ url, account, amount }) => afterFetch(url, (tx) => add(tx, account, amount)))],
    [
      "readFetchWrite",
      procedure(function* ({ url, account, amount }) {
        const read = yield* withTx((tx) => balanceOf(tx, account));
        yield* body(url);
        const written = read + amount;
        yield* withTx((tx) => setBalance(tx, account, written));
        return written;
      }),
    ],
    [
      "transferAfterFetch",
      procedure(({ url, from, to, amount }) => afterFetch(url, (tx) => transfer(tx, from, to, amount))),
    ],
    ["audit", procedure(() => withTx(audit))],
    ["auditAfterFetch", procedure(({ url }) => afterFetch(url, audit))],
    [
      "balanceAfterFetch",
      procedure(({ url, account }) =>
        afterFetch(url, (tx) => (tx.get("accounts", account) as { balance: number } | undefined)?.balance ?? null),
      ),
    ],
    ["sweepAfterFetch", procedure(({ url, token }) => afterFetch(url, (tx) => sweep(tx, token)))],
    ["sweepBlocking", syncProcedure(({ url, token }) => afterFetch(url, (tx) => sweep(tx, token)))],
    ["sweep", reducer((tx, { token }) => void sweep(tx, token))],
  ]),
};
