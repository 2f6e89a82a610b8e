import { ProcedureCtx, ReducerCtx } from "./context";
import { Json, JsonArray, JsonObject } from "./json/value";

/** A parameter: its name and its type as the ABI names it. */
export class Param {
  constructor(
    public name: string,
    public type: string,
  ) {}
}

/** The types that a parameter can have. */
export class t {
  static string(name: string): Param {
    return new Param(name, "string");
  }
  static number(name: string): Param {
    return new Param(name, "number");
  }
  static boolean(name: string): Param {
    return new Param(name, "boolean");
  }
  static strings(name: string): Param {
    return new Param(name, "string[]");
  }
  static json(name: string): Param {
    return new Param(name, "json");
  }
}

/** A call's arguments; the host has checked that they are there and of their types. */
export class Args {
  constructor(private object: JsonObject) {}

  string(name: string): string {
    return this.object.getString(name);
  }
  number(name: string): f64 {
    return this.object.getNumber(name);
  }
  boolean(name: string): bool {
    return this.object.get(name).asBoolean();
  }
  strings(name: string): string[] {
    const elements = this.object.get(name).asArray();
    const strings: string[] = [];
    for (let i = 0; i < elements.length; i++) strings.push(elements[i].asString());
    return strings;
  }
  json(name: string): Json {
    return this.object.get(name);
  }
}

type Reducer = (ctx: ReducerCtx, args: Args) => void;
type ReducerWithResult = (ctx: ReducerCtx, args: Args) => Json | null;
type Procedure = (ctx: ProcedureCtx, args: Args) => Json | null;
type Hook = (ctx: ReducerCtx) => void;

class Function {
  constructor(
    public name: string,
    public params: Param[],
    public reducer: Reducer | null,
    public reducerWithResult: ReducerWithResult | null,
    public procedure: Procedure | null,
  ) {}

  run(args: Args): Json | null {
    const reducer = this.reducer;
    if (reducer !== null) {
      const ctx = new ReducerCtx();
      reducer(ctx, args);
      ctx.close();
      return null;
    }
    const reducerWithResult = this.reducerWithResult;
    if (reducerWithResult !== null) {
      const ctx = new ReducerCtx();
      const value = reducerWithResult(ctx, args);
      ctx.close();
      return value;
    }
    const ctx = new ProcedureCtx();
    const value = this.procedure!(ctx, args);
    ctx.close();
    return value;
  }
}

/** Collects a module's reducers, procedures and hooks. Functions are plain functions: there are no closures. */
export class Schema {
  private functions: Function[] = [];
  private hooks: Map<string, Hook> = new Map();

  constructor(
    private name: string,
    private tables: string[],
  ) {}

  /** Adds a reducer: one transaction, all or nothing. */
  reducer(name: string, params: Param[], body: Reducer): void {
    this.functions.push(new Function(name, params, body, null, null));
  }

  /** Adds a reducer that gives its caller a result; null stands for none. */
  reducerWithResult(name: string, params: Param[], body: ReducerWithResult): void {
    this.functions.push(new Function(name, params, null, body, null));
  }

  /** Adds a procedure. It is written as blocking code: the host suspends it at its fetches and sleeps. */
  procedure(name: string, params: Param[], body: Procedure): void {
    this.functions.push(new Function(name, params, null, null, body));
  }

  /** Sets the hook that runs once, before all else. */
  init(body: Hook): void {
    this.hooks.set("init", body);
  }

  /** Sets the hook that runs when a connection opens. */
  clientConnected(body: Hook): void {
    this.hooks.set("connected", body);
  }

  /** Sets the hook that runs when a connection has closed. */
  clientDisconnected(body: Hook): void {
    this.hooks.set("disconnected", body);
  }

  /** The module's description. */
  describe(): JsonObject {
    const functions = new JsonArray();
    for (let i = 0; i < this.functions.length; i++) functions.push(describeFunction(this.functions[i]));
    return new JsonObject()
      .setNumber("abi", 1)
      .setString("name", this.name)
      .set("tables", JsonArray.ofStrings(this.tables))
      .set("hooks", JsonArray.ofStrings(this.hooks.keys()))
      .set("functions", functions);
  }

  /** Runs one function or hook and gives its result; null where it has none. */
  call(name: string, args: Args): Json | null {
    if (name.startsWith("$") && this.hooks.has(name.substring(1))) {
      const ctx = new ReducerCtx();
      this.hooks.get(name.substring(1))(ctx);
      ctx.close();
      return null;
    }
    for (let i = 0; i < this.functions.length; i++) {
      if (this.functions[i].name == name) return this.functions[i].run(args);
    }
    throw new Error("the module " + this.name + " has no function " + name);
  }
}

function describeFunction(described: Function): JsonObject {
  const object = new JsonObject().setString("name", described.name);
  if (described.procedure === null) object.setString("kind", "reducer");
  else object.setString("kind", "procedure").setString("mode", "suspended");
  const params = new JsonArray();
  for (let i = 0; i < described.params.length; i++) {
    const param = described.params[i];
    params.push(new JsonObject().setString("name", param.name).setString("type", param.type));
  }
  return object.set("params", params);
}
