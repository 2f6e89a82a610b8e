#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import pc from "picocolors";
import { benchCommand } from "./commands/bench.ts";
import { checkCommand } from "./commands/check.ts";
import { convertCommand } from "./commands/convert.ts";
import { diffCommand } from "./commands/diff.ts";
import { explainCommand } from "./commands/explain.ts";
import { exploreCommand } from "./commands/explore.ts";
import { listCommand } from "./commands/list.ts";
import { replayCommand } from "./commands/replay.ts";
import { runCommand } from "./commands/run.ts";
import { saboteursCommand } from "./commands/saboteurs.ts";
import { kitVersion, root } from "./package.ts";
import { installSignalHandlers } from "./protocol/process-group.ts";
import { KitError } from "./run/kit-error.ts";
import { tiers } from "./saboteurs/target.ts";
import { SpecError } from "./spec/parse-chapter.ts";

const collect = (value: string, before: string[]) => [...before, ...value.split(",").filter(Boolean)];

const each = (value: string, before: string[]) => [...before, value];

const seconds = (value: string): number => {
  const number = Number(value);
  if (!(number > 0)) throw new KitError(`--patience takes seconds above 0, not "${value}"`);
  return number;
};

const whole = (value: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new KitError(`"${value}" is no whole number from 1`);
  return number;
};

const patience = (what: string, usual = 30): Option =>
  new Option("--patience <seconds>", `silence after which ${what}`).default(usual).argParser(seconds);

const hostsFile = (): Option => new Option("--hosts <file>", "the list of hosts, in place of build/hosts.json");

/** Runs the command line. Gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("evenlane")
    .description(
      "Shows whether runtimes of transactional reducers and fetch-bound procedures behave the same, and as the spec says.",
    )
    .version(kitVersion())
    .exitOverride()
    .showSuggestionAfterError();
  program
    .command("run", { isDefault: true })
    .description("play the scenarios on the hosts and show the matrix")
    .option("--host <names>", "only these hosts (repeat, or separate by commas)", collect, [])
    .option("--guest <languages>", "only these guest languages: ts, as", collect, [])
    .option(
      "--filter <patterns>",
      'only these requirements: an id, a chapter, or a pattern ("ordering/*")',
      collect,
      [],
    )
    .option("--seed <text>", "what the scenarios draw their choices from", "evenlane")
    .option("--json <file>", "write the report as JSON")
    .addOption(patience("a scenario counts as stuck"))
    .addOption(hostsFile())
    .addOption(
      new Option("--explore <tier>", "schedules to explore: none, all of small workloads, or large ones too")
        .choices(["none", "exhaustive", "deep"])
        .default("exhaustive"),
    )
    .option("--histories <folder>", "write the history of every scenario that was played, one file each")
    .option("--capsules <folder>", "where each failure is left as a file that plays it again", `${root}/build/capsules`)
    .option("--exceptions <file>", "excuse what this file (YAML) lists until it expires (repeat for more)", each, [])
    .option("--plain", "plain lines in place of the live display")
    .action(async (options) => {
      code = await runCommand(options);
    });
  program
    .command("explore")
    .description("play the schedules of workloads on the hosts, and shrink what fails")
    .argument("[workloads...]", "3x2, 2x2+cancel, 2x1+reducer-stepped …; those of a run unless named")
    .option("--host <names>", "only these hosts (repeat, or separate by commas)", collect, [])
    .option("--guest <languages>", "only these guest languages: ts, as", collect, [])
    .option("--schedule <numbers>", "play this one schedule: which enabled step to take, 0 the oldest (1,0,2)")
    .option("--seed <text>", "what random schedules are drawn from", "evenlane")
    .addOption(
      new Option("--explore <tier>", "schedules to explore: all of small workloads, or large ones too")
        .choices(["exhaustive", "deep"])
        .default("exhaustive"),
    )
    .addOption(patience("a schedule counts as stuck"))
    .addOption(hostsFile())
    .action(async (workloads, options) => {
      code = await exploreCommand(workloads, options);
    });
  program
    .command("diff")
    .description("compare two columns, scenario by scenario, or two files of histories")
    .argument("<left>", "a column (v8:ts), a host for all its guests, or a file of a history")
    .argument("<right>", "another one")
    .argument("[id]", 'only this scenario or requirement, or a pattern ("ordering/*")')
    .option("--seed <text>", "what the scenarios draw their choices from", "evenlane")
    .option("--json <file>", "write the comparison as JSON")
    .addOption(patience("a scenario counts as stuck"))
    .addOption(hostsFile())
    .action(async (left, right, id, options) => {
      code = await diffCommand({ left, right, ...(id !== undefined && { id }), ...options });
    });
  program
    .command("replay")
    .description("play a failure again that a run has left as a capsule")
    .argument("<capsule>", "the capsule's file")
    .option("--host <column>", "play it in another column (v8:ts), or on another host")
    .addOption(patience("it counts as stuck"))
    .addOption(hostsFile())
    .action(async (capsule, options) => {
      code = await replayCommand(capsule, options);
    });
  program
    .command("check")
    .description("judge the isolation of a history: a file of this kit, or Jepsen's operations (JSON, EDN)")
    .argument("<file>", "the history's file")
    .option("--dot", "show each cycle as a graph (DOT)")
    .action((file, options) => {
      code = checkCommand(file, options);
    });
  program
    .command("convert")
    .description("write a history of this kit as Jepsen's operations, as elle-cli reads them")
    .argument("<file>", "the history's file")
    .addOption(new Option("--to <notation>", "the notation").choices(["json", "edn"]).default("json"))
    .addOption(
      new Option("--workload <name>", "as what the transactions are told")
        .choices(["list-append", "rw-register"])
        .default("list-append"),
    )
    .action((file, options) => {
      code = convertCommand(file, options);
    });
  program
    .command("saboteurs")
    .description("play the scenarios on hosts with one deliberate fault each, and show what finds it")
    .argument("[names...]", "only these saboteurs")
    .option("--seed <text>", "what the scenarios draw their choices from", "evenlane")
    // Some faults are a silence: nothing else shows them, and each is waited out.
    .addOption(patience("a scenario counts as stuck", 10))
    .addOption(hostsFile())
    .addOption(
      new Option(
        "--tier <tier>",
        "only faults in the JavaScript host, in those of the real engines, or in what an adapter says",
      ).choices(tiers),
    )
    .option("--update", "write the kill matrix that is checked in anew")
    .action(async (names, options) => {
      code = await saboteursCommand(names, options);
    });
  program
    .command("bench")
    .description("measure what held procedures, throughput, reducers and the kit itself cost, beside the targets")
    .argument("[parts...]", "only these: held, throughput, reducers, inner, growth, kit; all but kit unless named")
    .option("--host <names>", "only these hosts (repeat, or separate by commas)", collect, [])
    .option("--guest <languages>", "only these guest languages: ts, as", collect, [])
    .addOption(hostsFile())
    .option("--json <file>", "write what was measured as JSON")
    .option("--plots <folder>", "draw it, as SVG files in this folder")
    .addOption(
      new Option("--rounds <number>", "how often each is measured; the median is told").default(3).argParser(whole),
    )
    .addOption(
      new Option("--most <number>", "the most procedures held, rows and transactions, for a quick look")
        .default(1_000_000)
        .argParser(whole),
    )
    .action(async (parts, options) => {
      code = await benchCommand(parts, options);
    });
  program
    .command("list")
    .description("list the requirements, and the hosts")
    .addOption(hostsFile())
    .option("--json", "as JSON")
    .action((options) => {
      code = listCommand(options);
    });
  program
    .command("explain")
    .description("show a requirement: its text, its source, and the scenarios that judge it")
    .argument("<id>", "the requirement's id")
    .action((id) => {
      code = explainCommand(id);
    });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof KitError || error instanceof SpecError) {
      process.stderr.write(`${pc.red("evenlane:")} ${error.message}\n`);
      return 2;
    }
    throw error;
  }
  return code;
}

/**
 * Ends the process once what was written has left it. Left to itself, Node 26 can wait for ever at its end for the request of a
 * socket that was reset while it was shutting down, as the origin's are whose scenario ended early.
 */
function end(code: number): void {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

if (import.meta.main) {
  installSignalHandlers();
  main(process.argv.slice(2)).then(end, (error: unknown) => {
    process.stderr.write(`${pc.red("evenlane:")} a fault of the kit itself\n${(error as Error).stack}\n`);
    end(2);
  });
}
