import { matrixOf } from "./matrix-of.ts";

matrixOf("wasmtime");
