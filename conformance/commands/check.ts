import pc from "picocolors";
import { parseHistory } from "../history/history-file.ts";
import { checkIsolation } from "../history/isolation/check.ts";
import { extract } from "../history/isolation/from-history.ts";
import { oracleLimit, serialOrders } from "../history/isolation/oracle.ts";
import type { Transaction } from "../history/isolation/transaction.ts";
import { cycleToDot } from "../history/isolation/words.ts";
import { transactionsOfOperations } from "../history/jepsen/from-jepsen.ts";
import { parseOperations } from "../history/jepsen/parse.ts";
import { isolationFault } from "../judge/isolation.ts";
import { readText } from "../run/text-file.ts";

/**
 * `evenlane check`: judges the isolation of a history file: the kit's own, or Jepsen's operations in JSON or EDN. Gives the exit code: 0 where nothing
 * speaks against a serial order, 1 where something does.
 */
export function checkCommand(file: string, options: { readonly dot?: boolean }): number {
  const text = readText(file, "a file of a history");
  if (isOurs(text)) return checkOurs(file, text);
  const transactions = transactionsOfOperations(parseOperations(file, text));
  return told(transactions, options);
}

/** Whether a text begins as the kit's own histories do. */
export function isOurs(text: string): boolean {
  return /^\s*\{[^\n]*"evenlane":\s*"history"/.test(text);
}

function checkOurs(file: string, text: string): number {
  const { events } = parseHistory(text, file);
  const fault = isolationFault(events);
  const modules = events.flatMap((event) => (event.kind === "load" && event.source === "script" ? [event.module] : []));
  const count = modules.reduce((sum, module) => sum + extract(events, module).transactions.length, 0);
  if (fault === undefined) {
    process.stdout.write(
      `${pc.green("nothing against a serial order")} in ${events.length} events, ${count} transactions\n`,
    );
    return 0;
  }
  process.stdout.write(`${pc.red(fault.message)}\n${fault.evidence.map((line) => `  ${line}\n`).join("")}`);
  return 1;
}

function told(transactions: readonly Transaction[], { dot }: { readonly dot?: boolean }): number {
  const { anomalies, unjudged, edges } = checkIsolation(transactions);
  for (const anomaly of anomalies) {
    const { cycle = [] } = anomaly;
    const what = cycle.length === 0 ? anomaly.message : `a cycle of ${anomaly.transactions.length} transactions`;
    process.stdout.write(`${pc.red(anomaly.class)} ${what}\n`);
    for (const { from, to, because } of cycle) process.stdout.write(`  ${from} < ${to}, because ${because}\n`);
    if (dot === true && anomaly.cycle !== undefined) process.stdout.write(`${cycleToDot(anomaly)}\n`);
  }
  for (const { key, reason } of unjudged) process.stdout.write(`${pc.yellow("not judged")} ${key}: ${reason}\n`);
  if (anomalies.length > 0) return 1;
  const few = transactions.filter(({ status }) => status !== "aborted").length <= oracleLimit;
  if (few && serialOrders(transactions, new Map()).length === 0) {
    process.stdout.write(`${pc.red("not serializable")} no serial order of the transactions gives what they read\n`);
    return 1;
  }
  const counted = `${transactions.length} transactions, ${edges} dependencies`;
  process.stdout.write(`${pc.green("nothing against a serial order")} in ${counted}\n`);
  return 0;
}
