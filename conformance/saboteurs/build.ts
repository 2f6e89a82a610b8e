import { readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "esbuild";
import { bundleJsHost } from "../../hosts/js-bundle.ts";
import { root } from "../package.ts";
import { counterSource } from "./counter.ts";
import { counterModule, editedSource } from "./edited-source.ts";
import type { Edit, Saboteur } from "./saboteur.ts";

/** A host with a fault, ready to be started. */
export interface SabotagedHost {
  /** What a JavaScript runtime starts. */
  readonly entry: string;
  /** The file in which the fault counts that it acts. */
  readonly counter: string;
}

/** Builds the JavaScript host with a saboteur's fault into `folder`. Throws where one of its edits does not apply. */
export async function buildSabotaged(saboteur: Saboteur, folder: string): Promise<SabotagedHost> {
  const counter = path.join(folder, "fired");
  await bundleJsHost(folder, [faults(saboteur.edits, counter)]);
  return { entry: path.join(folder, "supervisor/main.js"), counter };
}

function faults(edits: readonly Edit[], counter: string): Plugin {
  const sources = path.join(root, "hosts/js");
  return {
    name: "saboteur",
    setup: (build) => {
      const here = new RegExp(`^${counterModule}$`);
      build.onResolve({ filter: here }, () => ({ path: counterModule, namespace: "saboteur" }));
      build.onLoad({ filter: here, namespace: "saboteur" }, () => ({ contents: counterSource(counter) }));
      build.onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path: file }) => {
        const name = path.relative(sources, file).replaceAll(path.sep, "/");
        const own = edits.filter((edit) => edit.file === name);
        if (own.length === 0) return undefined;
        return { contents: editedSource(readFileSync(file, "utf8"), own), loader: "ts" };
      });
    },
  };
}
