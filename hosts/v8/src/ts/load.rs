//! Compiles and evaluates a guest's module in a context.

use evenlane_host_core::engine::LoadError;
use v8::script_compiler::{CompileOptions, NoCacheReason, Source};

use crate::text;

/// A guest's module, evaluated.
pub struct Loaded {
    /// Its default export.
    pub guest: v8::Global<v8::Object>,
    /// The export's `describe`.
    pub describe: v8::Global<v8::Function>,
    /// The export's `call`.
    pub call: v8::Global<v8::Function>,
    /// The compiled code, for other isolates; only where no such code was given.
    pub cache: Option<Vec<u8>>,
}

/// Compiles, links and evaluates `source`, which `name` names in messages. `cache` is what another isolate has compiled.
pub fn load(
    scope: &mut v8::PinScope<'_, '_>,
    name: &str,
    source: &str,
    cache: Option<&[u8]>,
) -> Result<Loaded, LoadError> {
    v8::tc_scope!(let scope, scope);
    let module = match compile(scope, name, source, cache) {
        Ok(module) => module,
        Err(None) => {
            let message = scope.message().map(|message| located(scope, message));
            return Err(refused(
                name,
                message.unwrap_or_else(|| "it could not be compiled".to_owned()),
            ));
        }
        Err(Some(message)) => return Err(refused(name, message)),
    };
    let evaluated = module
        .instantiate_module(scope, no_module)
        .and_then(|_| module.evaluate(scope));
    let Some(evaluated) = evaluated else {
        let message = text::caught_message(scope);
        return Err(refused(name, format!("its evaluation failed: {message}")));
    };
    if let Ok(promise) = v8::Local::<v8::Promise>::try_from(evaluated) {
        promise.mark_as_handled();
        scope.perform_microtask_checkpoint();
        match promise.state() {
            v8::PromiseState::Fulfilled => {}
            v8::PromiseState::Pending => {
                return Err(refused(
                    name,
                    "its top-level await never settles: there is no host to wait for".to_owned(),
                ));
            }
            v8::PromiseState::Rejected => {
                let thrown = promise.result(scope);
                let message = text::thrown(scope, thrown);
                return Err(refused(name, format!("its evaluation failed: {message}")));
            }
        }
    }
    let exports = exports(scope, module).map_err(|message| refused(name, message))?;
    let cache = match cache {
        Some(_) => None,
        None => module
            .get_unbound_module_script(scope)
            .create_code_cache()
            .map(|cache| cache.to_vec()),
    };
    Ok(Loaded { cache, ..exports })
}

fn refused(name: &str, message: String) -> LoadError {
    LoadError::Compile(format!("{name}: {message}"))
}

/// Compiles the module and refuses imports. `Err(None)`: an exception is pending.
fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
    source: &str,
    cache: Option<&[u8]>,
) -> Result<v8::Local<'s, v8::Module>, Option<String>> {
    let too_long = || Some("the source is longer than the longest string of this engine".to_owned());
    let text = v8::String::new(scope, source).ok_or_else(too_long)?;
    let resource = v8::String::new(scope, name).ok_or_else(too_long)?;
    let origin = v8::ScriptOrigin::new(scope, resource.into(), 0, 0, false, -1, None, false, false, true, None);
    let (mut source, options) = match cache {
        Some(cache) => (
            Source::new_with_cached_data(text, Some(&origin), v8::CachedData::new(cache)),
            CompileOptions::ConsumeCodeCache,
        ),
        None => (Source::new(text, Some(&origin)), CompileOptions::EagerCompile),
    };
    let module =
        v8::script_compiler::compile_module2(scope, &mut source, options, NoCacheReason::NoReason).ok_or(None)?;
    let requests = module.get_module_requests();
    if requests.length() > 0
        && let Some(request) = requests.get(scope, 0)
        && let Ok(request) = v8::Local::<v8::ModuleRequest>::try_from(request)
    {
        let at = module.source_offset_to_location(request.get_source_offset());
        let specifier = request.get_specifier().to_rust_string_lossy(scope);
        return Err(Some(format!(
            "line {}, column {}: it imports {specifier:?}. A guest is one module without imports: bundle what it needs",
            at.get_line_number() + 1,
            at.get_column_number() + 1
        )));
    }
    Ok(module)
}

/// Never asked: a module with imports is refused before it is linked.
fn no_module<'s>(
    _: v8::Local<'s, v8::Context>,
    _: v8::Local<'s, v8::String>,
    _: v8::Local<'s, v8::FixedArray>,
    _: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    None
}

/// Refuses `import()`: its promise is rejected.
pub fn refuse_import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Data>,
    _: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    _: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let specifier = specifier.to_rust_string_lossy(scope);
    let message = format!("import({specifier:?}) is refused: a guest is one module without imports");
    let message = v8::String::new(scope, &message)?;
    let resolver = v8::PromiseResolver::new(scope)?;
    let error = v8::Exception::type_error(scope, message);
    resolver.reject(scope, error);
    Some(resolver.get_promise(scope))
}

/// Reads the default export and checks its shape.
fn exports(scope: &mut v8::PinScope<'_, '_>, module: v8::Local<'_, v8::Module>) -> Result<Loaded, String> {
    v8::tc_scope!(let scope, scope);
    let namespace = v8::Local::<v8::Object>::try_from(module.get_module_namespace())
        .map_err(|_| "it has no namespace".to_owned())?;
    let guest = member(scope, namespace, "default")
        .and_then(|guest| v8::Local::<v8::Object>::try_from(guest).ok())
        .ok_or("its default export must be an object { abi: 1, describe, call }; it has none")?;
    let abi = member(scope, guest, "abi").and_then(|abi| v8::Local::<v8::Number>::try_from(abi).ok());
    if abi.map(|abi| abi.value()) != Some(1.0) {
        return Err("`abi` of its default export must be the number 1".to_owned());
    }
    let mut function = |name: &str| {
        member(scope, guest, name)
            .and_then(|value| v8::Local::<v8::Function>::try_from(value).ok())
            .map(|function| v8::Global::new(scope, function))
            .ok_or_else(|| format!("`{name}` of its default export must be a function"))
    };
    let (describe, call) = (function("describe")?, function("call")?);
    Ok(Loaded {
        guest: v8::Global::new(scope, guest),
        describe,
        call,
        cache: None,
    })
}

fn member<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, name)?;
    object.get(scope, key.into())
}

/// A message with its place in the source.
fn located(scope: &mut v8::PinScope<'_, '_>, message: v8::Local<'_, v8::Message>) -> String {
    let text = message.get(scope).to_rust_string_lossy(scope);
    let text = text.strip_prefix("Uncaught ").unwrap_or(&text);
    match message.get_line_number(scope) {
        Some(line) => format!("line {line}, column {}: {text}", message.get_start_column() + 1),
        None => text.to_owned(),
    }
}
