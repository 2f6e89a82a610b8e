/** What was measured, as SVG. */
import { init } from "echarts";
import type { BenchReport } from "./bench-report.ts";

interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Whether the y axis is logarithmic; the x axis always is. */
  readonly logarithmic: boolean;
  readonly series: readonly Series[];
}

const size = { width: 760, height: 440 };

/** Colours that are told apart also by who does not see red or green (Okabe and Ito 2008), and shapes for who sees none. */
const colours = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#000000",
  "#999933",
  "#882255",
  "#44aa99",
  "#661100",
];
const symbols = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect"];

/** A picture for each part that has one, by its file name. */
export function plotsOf(report: BenchReport): Map<string, string> {
  return new Map(plots(report).map(([name, plot]) => [`${name}.svg`, draw(plot)]));
}

function plots({ held = [], throughput = [], reducers = [], growth = [] }: BenchReport): [string, Plot][] {
  const who = ({ host, guest }: { readonly host: string; readonly guest?: string | undefined }): string =>
    guest === undefined ? host : `${host}×${guest}`;
  const grouped = <T>(
    all: readonly T[],
    name: (one: T) => string,
    point: (one: T) => readonly [number, number],
  ): Series[] => [...Map.groupBy(all, name)].map(([key, own]) => ({ name: key, points: own.map(point) }));
  const found: [string, Plot][] = [];
  if (held.length > 0) {
    const name = (one: (typeof held)[number]): string => (one.mode === "lane" ? who(one) : `${who(one)}, blocking`);
    found.push([
      "held-memory",
      {
        title: "Resident memory of held procedures",
        x: "held at once",
        y: "MiB more than before",
        logarithmic: true,
        series: grouped(
          held.filter(({ bytesPerCall }) => bytesPerCall > 0),
          name,
          ({ n, bytesPerCall }) => [n, (n * bytesPerCall) / 2 ** 20],
        ),
      },
    ]);
    found.push([
      "held-threads",
      {
        title: "Threads while procedures are held",
        x: "held at once",
        y: "threads",
        logarithmic: true,
        series: grouped(held, name, ({ n, threads }) => [n, threads]),
      },
    ]);
  }
  const commits = throughput.filter(({ work }) => work === "commit");
  if (commits.length > 0) {
    found.push([
      "throughput",
      {
        title: "Fetch, then a transaction: calls a second",
        x: "in flight at a time",
        y: "calls a second",
        logarithmic: false,
        series: grouped(commits, who, ({ concurrency, perSecond }) => [concurrency, perSecond]),
      },
    ]);
  }
  const lanes = reducers.filter(({ state }) => state !== "storm");
  if (lanes.length > 0) {
    found.push([
      "reducer-p99",
      {
        title: "A reducer's 99th percentile beside held procedures",
        x: "held at once (1 stands for none)",
        y: "milliseconds",
        logarithmic: true,
        series: grouped(lanes, who, ({ beside, p99 }) => [Math.max(1, beside), p99]),
      },
    ]);
  }
  for (const [kind, own] of Map.groupBy(growth, ({ what }) => what.split(":")[0]!)) {
    const unit = own[0]!.unit;
    found.push([
      `growth-${kind}`,
      {
        title: `How costs grow: ${kind}`,
        x: "n",
        y: unit,
        logarithmic: true,
        series: own.map(({ what, exponent, points }) => ({
          name: `${what.slice(kind.length + 2)} (n^${exponent.toFixed(2)})`,
          points: points.map(({ n, cost }) => [n, cost] as const),
        })),
      },
    ]);
  }
  return found;
}

function draw({ title, x, y, logarithmic, series }: Plot): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    chart.setOption({
      animation: false,
      color: colours,
      backgroundColor: "#ffffff",
      title: { text: title, left: "center", top: 8, textStyle: { fontSize: 16 } },
      legend: { bottom: 8, type: "plain", textStyle: { fontSize: 12 } },
      grid: { left: 72, right: 32, top: 56, bottom: 56 + 24 * Math.ceil(series.length / 4) },
      xAxis: { type: "log", name: x, nameLocation: "middle", nameGap: 28 },
      yAxis: { type: logarithmic ? "log" : "value", name: y, nameLocation: "middle", nameGap: 52 },
      series: series.map(({ name, points }, index) => ({
        type: "line",
        name,
        symbol: symbols[index % symbols.length],
        symbolSize: 8,
        data: points.map((point) => [...point]),
      })),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
