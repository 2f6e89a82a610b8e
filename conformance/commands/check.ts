import pc from "picocolors";
import { parseHistory } from "../history/history-file.ts";
import { cycleToDot } from "../history/isolation/words.ts";
import { transactionsOfOperations } from "../history/jepsen/from-jepsen.ts";
import { parseOperations } from "../history/jepsen/parse.ts";
import { type IsolationJudgement, judgeIsolation, judgeTransactions } from "../judge/isolation.ts";
import { readText } from "../run/text-file.ts";

/**
 * `evenlane check`: judges the isolation of a history file: the kit's own, or Jepsen's operations in JSON or EDN. Gives the exit code: 0 where nothing
 * speaks against a serial order, 1 where something does.
 */
export function checkCommand(file: string, { dot }: { readonly dot?: boolean }): number {
  const { faults, unjudged, transactions } = judgementOf(file);
  for (const { message, evidence, anomaly } of faults) {
    // A cycle is told by the lines below: its sentence would say the same once more.
    const headline =
      anomaly?.cycle === undefined ? message : `${anomaly.class}: a cycle of ${evidence.length} transactions`;
    process.stdout.write(`${pc.red(headline)}\n${evidence.map((line) => `  ${line}\n`).join("")}`);
    if (dot === true && anomaly?.cycle !== undefined) process.stdout.write(`${cycleToDot(anomaly)}\n`);
  }
  for (const { key, reason } of unjudged) process.stdout.write(`${pc.yellow("not judged")} ${key}: ${reason}\n`);
  if (faults.length > 0) return 1;
  process.stdout.write(`${pc.green("nothing against a serial order")} in ${transactions} transactions\n`);
  return 0;
}

function judgementOf(file: string): IsolationJudgement {
  const text = readText(file, "a file of a history");
  if (isOurs(text)) return judgeIsolation(parseHistory(text, file).events);
  return judgeTransactions(transactionsOfOperations(parseOperations(file, text)));
}

/** Whether a text begins as the kit's own histories do. */
export function isOurs(text: string): boolean {
  return /^\s*\{[^\n]*"evenlane":\s*"history"/.test(text);
}
