/**
 * `node fetch-file.mjs URL FILE`: downloads one file. A program of its own, because it runs on the Node of
 * node_modules with `--use-env-proxy` and `--use-system-ca`, which the Node that set-up was started with may not know.
 *
 * On stdout one line for each percent; on stderr one line with the reason where it fails.
 */
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Without a first answer, and without a further byte, for this long, the download is given up. */
const silenceMs = 20_000;

const [url, file] = process.argv.slice(2);
const giveUp = new AbortController();
let timer;
function heard() {
  clearTimeout(timer);
  timer = setTimeout(() => giveUp.abort(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
}

try {
  heard();
  const response = await fetch(url, { signal: giveUp.signal });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const total = Number(response.headers.get("content-length")) || undefined;
  let done = 0;
  let shown = -1;
  const follow = new Transform({
    transform(chunk, _encoding, next) {
      heard();
      done += chunk.length;
      const percent = total ? Math.floor((done / total) * 100) : Math.floor(done / 1e6);
      if (percent !== shown) process.stdout.write(`${total ? `${percent} %` : `${percent} MB`}\n`);
      shown = percent;
      next(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), follow, createWriteStream(file), { signal: giveUp.signal });
  if (total !== undefined && done < total) throw new Error(`only ${done} of ${total} bytes came`);
} catch (error) {
  const reason = giveUp.signal.aborted ? giveUp.signal.reason : (error.cause ?? error);
  process.stderr.write(`${reason.code ?? reason.message}\n`);
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
}
