import type { HistoryEvent } from "../history/history.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { LoadedModule, StageSetting } from "./stage-setting.ts";

/** A loaded module as a stage reaches it: the host that is asked about it, the history of what is done, and the watchdog over what is awaited. */
export class ModuleClient {
  readonly setting: StageSetting;
  /** The module's id in the host. */
  readonly id: string;
  /** The module's name in the history. */
  readonly name: string;

  constructor(setting: StageSetting, { id, name }: LoadedModule) {
    this.setting = setting;
    this.id = id;
    this.name = name;
  }

  get host(): HostProcess {
    return this.setting.host;
  }

  /** Whether the host can be asked when it is quiet. */
  get tellsQuiet(): boolean {
    return this.host.info.capabilities.includes("quiesce");
  }

  /** Adds to the history. */
  add(event: HistoryEvent): void {
    this.setting.history.add(event);
  }

  /** Waits for something that the host or the origin must bring about. */
  until<T>(promise: Promise<T>, what: string): Promise<T> {
    return this.setting.watchdog.until(promise, what);
  }
}
