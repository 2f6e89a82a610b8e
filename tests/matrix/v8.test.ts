import { matrixOf } from "./matrix-of.ts";

matrixOf("v8");
