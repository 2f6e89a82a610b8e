/** What was measured, as tables for a terminal. */
import Table from "cli-table3";
import pc from "picocolors";
import type { BenchReport, Growth, Held, Inner, Kit, Reducers, Target, Throughput } from "./bench-report.ts";

type Row = readonly (string | number)[];

/** All parts that were measured, then the targets. */
export function renderBench(report: BenchReport): string {
  const { held, ceilings = [], throughput, reducers, growth, inner, kit, targets } = report;
  return [
    ...(held === undefined ? [] : [section("Held procedures", heldTable(held))]),
    ...(ceilings.length === 0
      ? []
      : [["Ceilings", ...ceilings.map((one) => `  ${who(one)}, ${one.mode}, ${one.n}: ${one.because}`)].join("\n")]),
    ...(throughput === undefined ? [] : [section("Fetch-bound procedures", throughputTable(throughput))]),
    ...(reducers === undefined ? [] : [section("Reducers", reducersTable(reducers))]),
    ...(inner === undefined ? [] : [section("Inner costs", innerTable(inner))]),
    ...(growth === undefined ? [] : [section("Growth", growthTable(growth))]),
    ...(kit === undefined ? [] : [section("The kit itself", kitTable(kit))]),
    ...(targets.length === 0 ? [] : [section("Targets", targetTable(targets))]),
  ].join("\n\n");
}

function section(title: string, table: string): string {
  return `${pc.bold(title)}\n${table}`;
}

function who({ host, guest }: { readonly host: string; readonly guest?: string | undefined }): string {
  return guest === undefined ? host : `${host}×${guest}`;
}

function table(head: readonly string[], rows: readonly Row[]): string {
  const numbers = rows[0]?.map((_, column) => rows.every((row) => /^[\d.,+-]*$/.test(String(row[column]))));
  const made = new Table({
    head: [...head],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    colAligns: head.map((_, column) => (numbers?.[column] === true ? "right" : "left")),
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
}

function heldTable(held: readonly Held[]): string {
  return table(
    ["host", "mode", "held", "threads", "instances", "KiB each", "least–greatest", "after, times", "files", "maps"],
    held.map((one) => [
      who(one),
      one.mode,
      one.n,
      `${one.threadsBefore}+${one.threads - one.threadsBefore}`,
      one.instances,
      (one.bytesPerCall / 1024).toFixed(1),
      `${(one.bytesPerCallSpread.least / 1024).toFixed(1)}–${(one.bytesPerCallSpread.greatest / 1024).toFixed(1)}`,
      one.residentAfter.toFixed(2),
      one.openFiles,
      one.memoryMaps,
    ]),
  );
}

function throughputTable(throughput: readonly Throughput[]): string {
  return table(
    ["host", "work", "at a time", "a second", "of the limit", "least–greatest"],
    throughput.map((one) => [
      who(one),
      one.work,
      one.concurrency,
      one.perSecond.toFixed(0),
      one.ratioToRaw.toFixed(2),
      `${one.ratioSpread.least.toFixed(2)}–${one.ratioSpread.greatest.toFixed(2)}`,
    ]),
  );
}

function reducersTable(reducers: readonly Reducers[]): string {
  return table(
    ["host", "state", "beside", "p50 ms", "p99 ms", "p99.9 ms", "p99, times idle", "a second"],
    reducers.map((one) => [
      who(one),
      one.state,
      one.beside,
      one.p50.toFixed(3),
      one.p99.toFixed(3),
      one.p999.toFixed(3),
      one.p99Ratio.toFixed(2),
      one.perSecond?.toFixed(0) ?? "",
    ]),
  );
}

function innerTable(inner: readonly Inner[]): string {
  return table(
    ["operation", "ns", "allocations", "beside", "ns", "times"],
    inner.map(({ what, nanoseconds, allocations, beside }) => [
      what,
      nanoseconds.toFixed(0),
      allocations?.toFixed(1) ?? "",
      beside?.what ?? "",
      beside?.nanoseconds.toFixed(0) ?? "",
      beside === undefined ? "" : (nanoseconds / beside.nanoseconds).toFixed(2),
    ]),
  );
}

function growthTable(growth: readonly Growth[]): string {
  return table(
    ["cost", "exponent", "from", "to"],
    growth.map(({ what, exponent, unit, points }) => {
      const [first, last] = [points[0]!, points.at(-1)!];
      const point = ({ n, cost }: { n: number; cost: number }): string => `${n}: ${cost.toPrecision(3)} ${unit}`;
      return [what, exponent.toFixed(2), point(first), point(last)];
    }),
  );
}

function kitTable(kit: Kit): string {
  const seconds = table(
    ["column", "scenarios, s", "explorations, s", "rest, s", "schedules"],
    kit.columns.map((one) => [
      who(one),
      one.scenarios.toFixed(1),
      one.explorations.toFixed(1),
      one.rest.toFixed(1),
      one.schedules,
    ]),
  );
  return `${seconds}\n${kit.wallSeconds.toFixed(1)} s in all, ${kit.schedulesPerSecond.toFixed(0)} schedules a second`;
}

function targetTable(targets: readonly Target[]): string {
  return table(
    ["target", "measured", ""],
    targets.map(({ target, measured, reached }) => [
      target,
      measured,
      reached ? pc.green("reached") : pc.red("not reached"),
    ]),
  );
}
