/** What this host uses of WebAssembly and of JavaScript Promise Integration: Node's declarations have neither. */
declare namespace WebAssembly {
  /** Linear memory; `buffer` changes when it grows. */
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  /** Imports of one namespace, by name. */
  type ModuleImports = Record<string, ImportValue>;
  /** A function that a module may import. */
  type ImportValue = ((...parts: never[]) => unknown) | Suspending;
  /** A compiled module, which Workers may share. */
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
  }
  /** A module with its own memory and globals. */
  class Instance {
    constructor(module: Module, imports: Record<string, ModuleImports>);
    readonly exports: Record<string, unknown>;
  }
  /** Compiles off the calling thread. */
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  /** An import on whose promise the calling stack is suspended. */
  class Suspending {
    constructor(run: (...parts: number[]) => number | Promise<number>);
  }
  /** An export whose call gives a promise of its result. */
  function promising<P extends unknown[]>(run: (...parts: P) => unknown): (...parts: P) => Promise<void>;
}
