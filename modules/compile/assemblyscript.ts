import { relative } from "node:path";
import asc from "assemblyscript/asc";
import { BuildError } from "./error.ts";
import { root } from "./paths.ts";

/**
 * Compiles one AssemblyScript module, with its source map beside it. What comes out imports from `evenlane_1` alone:
 * the compiler's own import, `abort`, is the SDK's function, and nothing of the runtime is exported.
 */
export async function compileAssemblyScript(entry: string, file: string): Promise<void> {
  const options = ["-O", "--runtime", "incremental", "--sourceMap", "--use", "abort=modules/sdk/as/host/onAbort"];
  const paths = ["--baseDir", root, "--outFile", relative(root, file)];
  const { error, stdout, stderr } = await asc.main([relative(root, entry), ...options, ...paths]);
  if (error) throw new BuildError(`${stdout.toString()}${stderr.toString()}`.trim() || error.message);
}
