//! What a module runs: a program and its description. An update puts another in its place.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    call::Kind,
    canonical,
    engine::Program,
    failure::{Category, Failure},
    interface::{Function, Hook, Interface},
    limits,
};

/// A compiled module and what it says of itself.
pub(crate) struct Code {
    /// How many came before it.
    pub generation: u64,
    pub interface: Interface,
    pub program: Arc<dyn Program>,
}

impl Code {
    /// What a call of that function is, and its arguments, of which this is the text, in canonical form.
    pub fn check_text(&self, function: &str, args: &str) -> Result<(Kind, String), Failure> {
        let refused = match canonical::parse_any_length(args, "the arguments' text") {
            Ok(Value::Object(args)) => return self.check(function, args),
            Ok(_) => "the arguments are no object".to_owned(),
            Err(refusal) => refusal.message,
        };
        self.function(function)?;
        Err(Failure::new(Category::BadArguments, refused))
    }

    /// What a call of that function is, and its arguments in canonical form.
    pub fn check(&self, function: &str, args: Map<String, Value>) -> Result<(Kind, String), Failure> {
        let kind = self.check_object(function, &args)?;
        let args = canonical::text(&Value::Object(args));
        if args.len() > limits::JSON_BYTES {
            let message = format!(
                "the arguments have {} bytes of JSON; the limit is {}",
                args.len(),
                limits::JSON_BYTES
            );
            return Err(Failure::new(Category::BadArguments, message));
        }
        Ok((kind, args))
    }

    /// What a call is now that other code was asked for; nothing for a hook that there is none of any more.
    pub fn check_again(&self, function: &str, args: &str) -> Result<Option<Kind>, Failure> {
        if let Some(hook) = Hook::of_function(function) {
            return Ok(self.interface.has_hook(hook).then_some(Kind::Hook));
        }
        let args = canonical::parse(args, "the arguments")?;
        self.check_object(function, args.as_object().unwrap_or(&Map::new()))
            .map(Some)
    }

    fn check_object(&self, function: &str, args: &Map<String, Value>) -> Result<Kind, Failure> {
        let found = self.function(function)?;
        let checked = found.check_args(args);
        checked.map_err(|message| Failure::new(Category::BadArguments, message))?;
        Ok(found.kind)
    }

    fn function(&self, name: &str) -> Result<&Function, Failure> {
        let unknown = || {
            Failure::new(
                Category::UnknownFunction,
                format!("the module has no function `{name}`"),
            )
        };
        self.interface.function(name).ok_or_else(unknown)
    }
}
