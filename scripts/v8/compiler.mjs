/**
 * The compiler that V8's build calls: clang behind a shim, in a folder laid out as the build expects its own clang.
 *
 * The shim leaves out flags that this clang is too old for, and adds the precompiled header of the object's group.
 */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeIfChanged } from "../lib/files.mjs";
import { precompiledGroups } from "./headers.mjs";
import { llvmMajor } from "./version.mjs";

/**
 * Flags to leave out: those of newer compilers (diagnostics and hardening), and `-fmodule-name`, with which clang
 * takes a precompiled header for a module. None changes what is computed. A trailing `=` stands for any value.
 */
export const droppedFlags = [
  "-fdiagnostics-show-inlining-chain",
  "-fno-lifetime-dse",
  "-fsanitize-ignore-for-ubsan-feature=",
  "-fmodule-name=",
];

/** Whether the shim leaves a flag out. */
export function isDropped(flag) {
  return droppedFlags.some((dropped) => (dropped.endsWith("=") ? flag.startsWith(dropped) : flag === dropped));
}

/**
 * The shim's text. It is bash, the one thing here that is not JavaScript: it runs about 2,500 times, and Node would
 * add a tenth to the build by starting alone. Where a file does not compile with the precompiled header it is compiled
 * without, and the file's name is noted.
 */
export function shimText({ clang, headersFolder }) {
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const dropped = droppedFlags.map((flag) => (flag.endsWith("=") ? `${flag}*` : flag)).join(" | ");
  const cases = Object.entries(precompiledGroups)
    .flatMap(([group, { prefixes }]) => prefixes.map((prefix) => `  ${prefix}*) group=${group} ;;`))
    .join("\n");
  return `#!/bin/bash
clang=${quote(clang)}
headers=${quote(headersFolder)}
args=() out= previous= group=
for word in "$@"; do
  [[ $previous == -o ]] && out=$word
  previous=$word
  case $word in ${dropped}) continue ;; esac
  args+=("$word")
done
case $out in
${cases}
esac
if [[ -n $group && -f $headers/$group.pch ]]; then
  "$clang" "\${args[@]}" -Wno-everything -Xclang -include-pch -Xclang "$headers/$group.pch" 2>/dev/null && exit 0
  echo "$out" >>"$headers/fallbacks.log"
fi
exec "$clang" "\${args[@]}"
`;
}

/** Lays the compiler's folder out at `base` and returns it. Running it again changes nothing. */
export function layOutCompiler({ base, llvm, headersFolder, target }) {
  const runtime = join(base, "lib/clang", String(llvmMajor), "lib");
  const resources = join(llvm, "lib/clang", String(llvmMajor));
  mkdirSync(join(base, "bin"), { recursive: true });
  mkdirSync(join(runtime, target), { recursive: true });
  mkdirSync(headersFolder, { recursive: true });
  const shims = ["clang", "clang++"];
  for (const tool of readdirSync(join(llvm, "bin"))) {
    if (!shims.includes(tool)) link(join(llvm, "bin", tool), join(base, "bin", tool));
  }
  link(join(resources, "lib/linux"), join(runtime, "linux"));
  link(join(resources, "include"), join(base, "lib/clang", String(llvmMajor), "include"));
  // The build looks for the runtime under the target's name; Debian has it under the system's, the name in the file.
  link(join(resources, "lib/linux/libclang_rt.builtins-x86_64.a"), join(runtime, target, "libclang_rt.builtins.a"));
  for (const tool of shims) {
    writeIfChanged(join(base, "bin", tool), shimText({ clang: join(llvm, "bin", tool), headersFolder }), 0o755);
  }
  return base;
}

function link(to, at) {
  if (!existsSync(at)) symlinkSync(to, at);
}
