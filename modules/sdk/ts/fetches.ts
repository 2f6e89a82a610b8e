import { ABORTED, type Host } from "./abi.ts";
import { Signals } from "./abort.ts";
import { refusal } from "./errors.ts";
import { type RequestInit, type RequestTarget, type Response, takeResponse, toRequest } from "./http.ts";

/** A fetch that the host was asked for. */
export interface Issued {
  /** As the host gave it: a handle or a code, or a promise of one. */
  readonly answer: number | Promise<number>;
  /** Gives the response of a settled fetch. Throws its refusal, or the reason of its signal where that ended it. */
  readonly take: (settled: number) => Response;
}

/** Issues the fetches of one call. */
export function issuer(host: Host): (target: RequestTarget, init: RequestInit | undefined) => Issued {
  const signals = new Signals(host);
  return (target, init) => {
    const signal = init?.signal ?? undefined;
    const [head, body] = toRequest(target, init);
    const held = signal && signals.hold(signal);
    return {
      answer: held === undefined ? host.fetch(head, body) : host.fetch(head, body, held.number),
      take(settled) {
        held?.release();
        if (settled >= 0) return takeResponse(host, settled);
        const refused = refusal(host, settled);
        throw refused.code === ABORTED && signal?.aborted ? signal.reason : refused;
      },
    };
  };
}
