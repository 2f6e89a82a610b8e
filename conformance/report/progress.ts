import { Listr } from "listr2";
import pc from "picocolors";
import type { Column } from "../run/columns.ts";
import type { OnScenario } from "../run/run-column.ts";
import { mark } from "./marks.ts";

/** Shows how a run goes on, while it does. */
export interface Progress {
  readonly onScenario: OnScenario;
  /** Ends the display; resolves once the terminal is left in order. */
  end(): Promise<void>;
}

/** Live lines, one a column, on a terminal. `trials` is the number of scenarios that each column plays. */
export function liveProgress(columns: readonly Column[], trials: number): Progress {
  const tasks = new Map(columns.map((column) => [column.label, Promise.withResolvers<void>()]));
  const state = new Map(columns.map((column) => [column.label, { done: 0, bad: 0, line: { title: "", output: "" } }]));
  const list = new Listr(
    columns.map(({ label }) => ({
      title: label,
      task: async (_: unknown, line: { title: string; output: string }) => {
        state.get(label)!.line = line;
        await tasks.get(label)!.promise;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      rendererOptions: { removeEmptyLines: true, showErrorMessage: false },
      registerSignalListeners: false,
    },
  );
  const finished = list.run();
  return {
    onScenario(column, scenario, result) {
      const own = state.get(column.label)!;
      if (result === undefined) {
        own.line.output = scenario.id;
      } else {
        own.done += 1;
        if (result.verdict !== "pass" && result.verdict !== "unsupported") own.bad += 1;
      }
      own.line.title = `${column.label.padEnd(12)} ${own.done}/${trials}`;
      if (own.bad > 0) own.line.title += pc.red(`  ${own.bad} not kept`);
      if (own.done < trials) return;
      if (own.bad === 0) tasks.get(column.label)!.resolve();
      // What the list shows as failed is a task that rejects; its title says how many.
      else tasks.get(column.label)!.reject(new Error(""));
    },
    async end() {
      for (const task of tasks.values()) task.resolve();
      await finished;
    },
  };
}

/** One line for each scenario that has its result, for logs. */
export function plainProgress(write: (line: string) => void): Progress {
  return {
    onScenario(column, scenario, result) {
      if (result === undefined) return;
      const line = `${mark(result.verdict).word.padEnd(12)} ${column.label.padEnd(12)} ${scenario.id}`;
      write(result.reason === undefined ? line : `${line}: ${result.reason}`);
    },
    async end() {},
  };
}
