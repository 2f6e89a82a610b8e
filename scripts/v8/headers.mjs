/**
 * What goes into the precompiled headers. Almost all of V8's compile time is parsing headers: 14 s a file, 1.6 s with
 * one of these. They bring two cores from about 100 minutes to under 30.
 */

/**
 * The groups of objects that share a precompiled header: the prefixes of the objects' paths, one object whose flags
 * the header is compiled with, and its headers below `src/` (those of `builtins` are read from a generated source).
 */
export const precompiledGroups = {
  builtins: {
    prefixes: ["obj/v8/torque_generated_initializers/", "obj/v8/v8_initializers/"],
    flagsOf: "obj/v8/torque_generated_initializers/iterator-tq-csa.o",
    generatedSample: "gen/v8/torque-generated/src/builtins/iterator-tq-csa.cc",
  },
  runtime: {
    prefixes: ["obj/v8/v8_base_without_compiler/", "obj/v8/torque_generated_definitions/", "obj/v8/v8_init/"],
    flagsOf: "obj/v8/v8_base_without_compiler/isolate.o",
    headers: words(`
      api/api-inl.h ast/ast.h ast/scopes.h builtins/builtins-utils-inl.h codegen/assembler-inl.h
      codegen/macro-assembler-inl.h codegen/compiler.h common/globals.h debug/debug.h deoptimizer/deoptimizer.h
      execution/arguments-inl.h execution/frames-inl.h execution/isolate-inl.h execution/messages.h
      handles/global-handles.h heap/factory-inl.h heap/heap-inl.h heap/heap-write-barrier-inl.h init/bootstrapper.h
      interpreter/interpreter.h logging/counters.h logging/log.h numbers/conversions-inl.h objects/objects-inl.h
      objects/js-objects-inl.h objects/js-array-inl.h objects/js-promise-inl.h objects/code-inl.h objects/elements.h
      objects/module-inl.h objects/property-descriptor.h objects/shared-function-info-inl.h objects/string-inl.h
      parsing/parse-info.h roots/roots-inl.h snapshot/snapshot.h strings/string-builder-inl.h tracing/trace-event.h
      utils/ostreams.h wasm/wasm-engine.h wasm/wasm-objects-inl.h wasm/wasm-code-manager.h`),
  },
  compiler: {
    prefixes: ["obj/v8/v8_compiler/"],
    flagsOf: "obj/v8/v8_compiler/pipeline.o",
    headers: words(`
      codegen/assembler-inl.h codegen/macro-assembler-inl.h codegen/optimized-compilation-info.h
      compiler/access-builder.h compiler/access-info.h compiler/backend/instruction.h compiler/common-operator.h
      compiler/compilation-dependencies.h compiler/graph-assembler.h compiler/js-graph.h
      compiler/js-heap-broker-inl.h compiler/js-operator.h compiler/linkage.h compiler/node-matchers.h
      compiler/node-properties.h compiler/operation-typer.h compiler/pipeline-data-inl.h
      compiler/simplified-operator.h compiler/turboshaft/assembler.h compiler/turboshaft/phase.h
      execution/frames-inl.h execution/isolate-inl.h heap/factory-inl.h objects/objects-inl.h
      objects/js-objects-inl.h wasm/wasm-objects-inl.h`),
  },
};

function words(text) {
  return text.trim().split(/\s+/);
}
