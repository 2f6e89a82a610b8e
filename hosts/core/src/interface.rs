//! What a module says of itself, checked against every rule of the guest ABI.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{call::Kind, canonical, engine::Guest};

/// A checked description.
#[derive(Debug)]
pub(crate) struct Interface {
    /// The description in canonical form.
    pub json: String,
    pub name: String,
    pub tables: BTreeSet<String>,
    hooks: HashSet<Hook>,
    functions: HashMap<String, Function>,
}

/// A lifecycle hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hook {
    Init,
    Connected,
    Disconnected,
}

impl Hook {
    /// The name by which a guest is asked to run it.
    pub fn function(self) -> &'static str {
        match self {
            Hook::Init => "$init",
            Hook::Connected => "$connected",
            Hook::Disconnected => "$disconnected",
        }
    }

    /// The hook that a guest is asked for by that name.
    pub fn of_function(name: &str) -> Option<Hook> {
        let hooks = [Hook::Init, Hook::Connected, Hook::Disconnected];
        hooks.into_iter().find(|hook| hook.function() == name)
    }
}

/// A reducer or procedure.
#[derive(Debug)]
pub(crate) struct Function {
    pub kind: Kind,
    params: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    name: String,
    r#type: Type,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    String,
    Number,
    Boolean,
    #[serde(rename = "string[]")]
    Strings,
    Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDescription {
    abi: u64,
    name: String,
    tables: Vec<String>,
    hooks: Vec<Hook>,
    functions: Vec<RawFunction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFunction {
    name: String,
    kind: RawKind,
    mode: Option<Mode>,
    params: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Reducer,
    Procedure,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Async,
    Sync,
    Suspended,
}

impl Interface {
    /// Checks a description; the error names the rule and the name that breaks it.
    pub fn parse(guest: Guest, text: &str) -> Result<Interface, String> {
        let value = canonical::parse(text, "the description").map_err(|refusal| refusal.message)?;
        let json = canonical::text(&value);
        let raw = RawDescription::deserialize(&value).map_err(|error| format!("the description: {error}"))?;
        if raw.abi != 1 {
            return Err(format!("`abi` is {}; this host speaks guest ABI 1", raw.abi));
        }
        check_name("the module", &raw.name)?;
        distinct("tables", raw.tables.iter().map(String::as_str))?;
        for table in &raw.tables {
            check_name("a table", table)?;
        }
        distinct("hooks", raw.hooks.iter().map(|hook| &hook.function()[1..]))?;
        distinct("functions", raw.functions.iter().map(|function| function.name.as_str()))?;
        let mut functions = HashMap::new();
        for function in raw.functions {
            let (name, function) = check_function(guest, function)?;
            functions.insert(name, function);
        }
        let hooks = raw.hooks.into_iter().collect();
        Ok(Interface {
            json,
            name: raw.name,
            tables: raw.tables.into_iter().collect(),
            hooks,
            functions,
        })
    }

    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.get(name)
    }

    /// Whether the module has that hook.
    pub fn has_hook(&self, hook: Hook) -> bool {
        self.hooks.contains(&hook)
    }
}

impl Function {
    /// Whether the arguments are those that the description asks for; the error names the first that is not.
    pub fn check_args(&self, args: &Map<String, Value>) -> Result<(), String> {
        for parameter in &self.params {
            let name = &parameter.name;
            let Some(value) = args.get(name) else {
                return Err(format!("the argument `{name}` is missing"));
            };
            if !parameter.r#type.admits(value) {
                return Err(format!("the argument `{name}` is not a {}", parameter.r#type.name()));
            }
        }
        match args
            .keys()
            .find(|name| self.params.iter().all(|parameter| parameter.name != **name))
        {
            Some(name) => Err(format!("the argument `{name}` is superfluous")),
            None => Ok(()),
        }
    }
}

impl Type {
    fn admits(self, value: &Value) -> bool {
        match self {
            Type::String => value.is_string(),
            Type::Number => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::Strings => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Type::Json => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::Number => "number",
            Type::Boolean => "boolean",
            Type::Strings => "list of strings",
            Type::Json => "JSON value",
        }
    }
}

fn check_function(guest: Guest, raw: RawFunction) -> Result<(String, Function), String> {
    check_name("a function", &raw.name)?;
    let of = format!("params of `{}`", raw.name);
    distinct(&of, raw.params.iter().map(|parameter| parameter.name.as_str()))?;
    for parameter in &raw.params {
        check_name(&format!("a parameter of `{}`", raw.name), &parameter.name)?;
    }
    let kind = match (raw.kind, raw.mode, guest) {
        (RawKind::Reducer, None, _) => Kind::Reducer,
        (RawKind::Reducer, Some(_), _) => {
            return Err(format!(
                "the reducer `{}` has a `mode`: only a procedure has one",
                raw.name
            ));
        }
        (RawKind::Procedure, None, _) => return Err(format!("the procedure `{}` has no `mode`", raw.name)),
        (RawKind::Procedure, Some(Mode::Async), Guest::Ts) => Kind::AsyncProcedure,
        (RawKind::Procedure, Some(Mode::Sync), Guest::Ts) => Kind::SyncProcedure,
        (RawKind::Procedure, Some(Mode::Suspended), Guest::As) => Kind::SuspendedProcedure,
        (RawKind::Procedure, Some(_), Guest::Ts) => {
            return Err(format!(
                "the procedure `{}` is `suspended`: a JavaScript guest has `async` and `sync` ones",
                raw.name
            ));
        }
        (RawKind::Procedure, Some(_), Guest::As) => {
            return Err(format!(
                "the procedure `{}` is not `suspended`: a wasm guest has no others",
                raw.name
            ));
        }
    };
    Ok((
        raw.name,
        Function {
            kind,
            params: raw.params,
        },
    ))
}

fn check_name(what: &str, name: &str) -> Result<(), String> {
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts && name.len() <= 64 && characters.all(|next| next.is_ascii_alphanumeric() || next == '_') {
        return Ok(());
    }
    Err(format!(
        "the name `{name}` of {what} does not match [A-Za-z_][A-Za-z0-9_]{{0,63}}"
    ))
}

fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("{what}: `{name}` stands twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description() -> Value {
        json!({
            "abi": 1, "name": "m", "tables": ["log"], "hooks": ["init"],
            "functions": [
                { "name": "r", "kind": "reducer", "params": [{ "name": "a", "type": "string[]" }] },
                { "name": "p", "kind": "procedure", "mode": "async", "params": [] }
            ]
        })
    }

    #[test]
    fn a_right_description_is_taken() {
        let interface = Interface::parse(Guest::Ts, &description().to_string()).unwrap();
        assert_eq!(interface.name, "m");
        assert!(interface.has_hook(Hook::Init) && !interface.has_hook(Hook::Connected));
        assert_eq!(interface.function("p").unwrap().kind, Kind::AsyncProcedure);
    }

    #[test]
    fn each_broken_rule_is_named() {
        let broken: [(&str, Value, &str); 11] = [
            ("/abi", json!(2), "`abi` is 2"),
            ("/name", json!("1m"), "`1m`"),
            ("/tables", json!(["a", "a"]), "tables: `a` stands twice"),
            ("/tables", json!(["a-b"]), "`a-b` of a table"),
            ("/hooks", json!(["init", "init"]), "hooks: `init` stands twice"),
            ("/hooks", json!(["start"]), "unknown variant `start`"),
            ("/functions/1/name", json!("r"), "functions: `r` stands twice"),
            ("/functions/1/mode", json!("suspended"), "`suspended`"),
            ("/functions/0/kind", json!("procedure"), "has no `mode`"),
            ("/functions/0/params/0/type", json!("int"), "unknown variant `int`"),
            (
                "/functions/0/params",
                json!([{ "name": "a", "type": "json" }, { "name": "a", "type": "json" }]),
                "`a` stands twice",
            ),
        ];
        for (at, value, expected) in broken {
            let mut description = description();
            *description.pointer_mut(at).unwrap() = value;
            let error = Interface::parse(Guest::Ts, &description.to_string()).unwrap_err();
            assert!(error.contains(expected), "{at}: {error}");
        }
        let mut extra = description();
        extra["extra"] = json!(1);
        assert!(
            Interface::parse(Guest::Ts, &extra.to_string())
                .unwrap_err()
                .contains("unknown field `extra`")
        );
    }

    #[test]
    fn arguments_are_checked_by_name_and_type() {
        let interface = Interface::parse(Guest::Ts, &description().to_string()).unwrap();
        let check = |args: Value| interface.function("r").unwrap().check_args(args.as_object().unwrap());
        assert_eq!(check(json!({ "a": ["x"] })), Ok(()));
        assert!(check(json!({})).unwrap_err().contains("`a` is missing"));
        assert!(
            check(json!({ "a": ["x", 1] }))
                .unwrap_err()
                .contains("`a` is not a list of strings")
        );
        assert!(
            check(json!({ "a": [], "b": 1 }))
                .unwrap_err()
                .contains("`b` is superfluous")
        );
    }
}
