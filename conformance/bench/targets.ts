/** The targets that the project has set itself, and what was measured of each. */
import type { BenchReport, Held, Reducers, Target, Throughput } from "./bench-report.ts";

type Measured = Omit<BenchReport, "targets">;

const kibibyte = 1024;

/** How much a host's resident memory may exceed what it was, once all that it held has ended. */
const leftOver = 1.1;

/** Results of 80 bytes that fit between a host and the load: in the pipe, and in what the load reads at once, 64 KiB each. */
const inPipes = Math.floor((2 * 65_536) / 80);

/** Every target of the parts that were measured. */
export function targetsOf(measured: Measured): Target[] {
  return [
    ...ofHeld(measured.held),
    ...ofThroughput(measured.throughput),
    ...ofReducers(measured.reducers),
    ...ofGrowth(measured),
    ...ofKit(measured),
  ];
}

function ofHeld(held: readonly Held[] = []): Target[] {
  const most = (host: string, mode: Held["mode"]): Held[] => {
    const own = Map.groupBy(
      held.filter((one) => one.host === host && one.mode === mode),
      ({ guest }) => guest,
    );
    return [...own.values()].map((all) => all.reduce((one, other) => (one.n >= other.n ? one : other)));
  };
  const lane = (host: string, kibibytes: number): Target[] =>
    most(host, "lane").flatMap((one) => {
      const who = `${host}×${one.guest}, ${one.n} held`;
      return [
        {
          target: `${who}: no thread more`,
          measured: `${one.threads - one.threadsBefore} more than ${one.threadsBefore}`,
          reached: one.threads === one.threadsBefore,
        },
        {
          target: `${who}: at most ${kibibytes} KiB resident for each`,
          measured: `${inKibibytes(one.bytesPerCall)} KiB`,
          reached: one.bytesPerCall <= kibibytes * kibibyte,
        },
        ...(host === "v8"
          ? [
              {
                target: `${who}: within 10 % of the memory before, once released`,
                measured: `${one.residentAfter.toFixed(2)} times`,
                reached: one.residentAfter <= leftOver,
              },
            ]
          : []),
      ];
    });
  const [pool] = most("v8", "blocking");
  const compared = most("v8", "lane").flatMap((one): Target[] =>
    pool === undefined
      ? []
      : [
          {
            target: `v8×${one.guest}: at most 1/50 of the blocking pool's memory for each`,
            measured: `1/${(pool.bytesPerCall / one.bytesPerCall).toFixed(0)} of ${inKibibytes(pool.bytesPerCall)} KiB (${pool.n} held)`,
            reached: one.bytesPerCall * 50 <= pool.bytesPerCall,
          },
        ],
  );
  return [...lane("v8", 32), ...lane("wasmtime", 96), ...compared];
}

function ofThroughput(throughput: readonly Throughput[] = []): Target[] {
  const commits = throughput.filter(({ work }) => work === "commit");
  const shares = [
    { host: "v8", least: 0.75 },
    { host: "wasmtime", least: 0.65 },
  ].flatMap(({ host, least }) =>
    commits
      .filter((one) => one.host === host)
      .map(({ guest, concurrency, ratioToRaw }) => ({
        target: `${host}×${guest}, ${concurrency} at a time: at least ${least} of the limit`,
        measured: ratioToRaw.toFixed(2),
        reached: ratioToRaw >= least,
      })),
  );
  const others = ["node", "deno", "bun"];
  const ahead = commits
    .filter(({ host }) => host === "v8" || host === "wasmtime")
    .flatMap(({ host, guest, concurrency, perSecond }) => {
      const rivals = commits.filter(
        (one) => others.includes(one.host) && one.guest === guest && one.concurrency === concurrency,
      );
      if (rivals.length === 0) return [];
      const best = rivals.reduce((one, other) => (one.perSecond >= other.perSecond ? one : other));
      return [
        {
          target: `${host}×${guest}, ${concurrency} at a time: ahead of node, deno and bun`,
          measured: `${(perSecond / best.perSecond).toFixed(2)} times ${best.host}'s`,
          reached: perSecond > best.perSecond,
        },
      ];
    });
  return [...shares, ...ahead];
}

function ofReducers(reducers: readonly Reducers[] = []): Target[] {
  const v8 = reducers.filter(({ host }) => host === "v8");
  return v8.flatMap(({ guest, state, p99Ratio, beside, perSecond, overtakenBy }): Target[] => {
    if (state === "held") {
      return [
        {
          target: `v8×${guest}: a reducer's p99 with ${beside} held at most 1.2 times that when idle`,
          measured: p99Ratio.toFixed(2),
          reached: p99Ratio <= 1.2,
        },
      ];
    }
    if (state === "storm") {
      return [
        {
          target: `v8×${guest}: in a storm of ${beside} a reducer passes all that is ready (only results that were written before, ${inPipes} at most, come first)`,
          measured: `at most ${overtakenBy} results`,
          reached: overtakenBy !== undefined && overtakenBy <= inPipes,
        },
      ];
    }
    const node = reducers.find((one) => one.host === "node" && one.guest === guest && one.state === "idle");
    if (node?.perSecond === undefined || perSecond === undefined) return [];
    return [
      {
        target: `v8×${guest}: a reducer no slower than in node`,
        measured: `${(perSecond / node.perSecond).toFixed(2)} times node's`,
        reached: perSecond >= node.perSecond,
      },
    ];
  });
}

function ofGrowth({ growth = [] }: Measured): Target[] {
  return growth
    .filter(({ what }) => what.startsWith("checking"))
    .map(({ what, exponent, points }) => {
      // n log n, between these two lengths, is a straight line of this slope.
      const [first, last] = [points[0]!.n, points.at(-1)!.n];
      const most = 1 + Math.log(Math.log(last) / Math.log(first)) / Math.log(last / first);
      return {
        target: `${what}: at most n log n (an exponent of ${most.toFixed(2)} here)`,
        measured: exponent.toFixed(2),
        reached: exponent <= most,
      };
    });
}

function ofKit({ kit }: Measured): Target[] {
  if (kit === undefined) return [];
  return [
    {
      target: "the whole matrix, explorations included, under 60 s",
      measured: `${kit.wallSeconds.toFixed(0)} s`,
      reached: kit.wallSeconds < 60,
    },
  ];
}

function inKibibytes(bytes: number): string {
  return (bytes / kibibyte).toFixed(1);
}
