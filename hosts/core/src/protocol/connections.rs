//! Connections, and the calls that are made on them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    codes::{Code, Refused},
    host::{Host, take, unknown},
    outbox::Reply,
    params,
    registry::OnConnection,
};
use crate::{
    failure::Failure,
    interface::Hook,
    module::{CallEnd, Caller, OfConnection},
    seed,
};

impl Host {
    pub(super) fn open_connection(
        &self,
        params: params::OpenConnection,
        reply: &mut Option<Reply>,
    ) -> Result<(), Refused> {
        let params::OpenConnection { module, connection } = params;
        let module = self.module(&module)?;
        let session = self.session.as_ref().expect("checked before");
        let identity = seed::connection_identity(&session.seed, &module.name, &connection);
        let taken = || {
            let message = format!("a connection of the name `{connection}` is there already");
            (Code::DuplicateName, message)
        };
        let begun = self
            .registry
            .begin_connection(&connection, Arc::clone(&module), identity.clone());
        let opening = begun.ok_or_else(taken)?;
        let (registry, reply) = (Arc::clone(&self.registry), take(reply));
        let (name, told_identity, ended) = (connection.clone(), identity.clone(), Arc::clone(&opening));
        let done = move |end: CallEnd| match end.outcome {
            Ok(_) => reply.result(&json!({ "identity": told_identity })),
            Err(failure) => {
                registry.end_connection(&name, &ended);
                let error = call_error(&failure, Hook::Connected.function());
                reply.refuse_with(
                    Code::ConnectionRefused,
                    &format!("the connection `{name}` was refused: {failure}"),
                    json!({ "error": error }),
                );
            }
        };
        let of = OfConnection {
            identity: &identity,
            name: &connection,
            opening: &opening,
        };
        if let Some(done) = module.submit_hook(Hook::Connected, Some(of), Box::new(done)) {
            opening.end(true);
            done(CallEnd::of_no_hook());
        }
        Ok(())
    }

    pub(super) fn close_connection(
        &self,
        params: params::CloseConnection,
        reply: &mut Option<Reply>,
    ) -> Result<(), Refused> {
        let name = params.connection;
        let found = self.registry.begin_close(&name);
        let OnConnection {
            module,
            identity,
            opening,
        } = found.ok_or_else(|| unknown("open connection", &name))?;
        let (registry, reply) = (Arc::clone(&self.registry), take(reply));
        let (closed, opened) = (name.clone(), Arc::clone(&opening));
        let done = move |_: CallEnd| {
            if opened.has_failed() {
                return refuse_unopened(reply, &closed);
            }
            registry.end_connection(&closed, &opened);
            reply.result(&json!({}));
        };
        let of = OfConnection {
            identity: &identity,
            name: &name,
            opening: &opening,
        };
        if let Some(done) = module.submit_hook(Hook::Disconnected, Some(of), Box::new(done)) {
            done(CallEnd::of_no_hook());
        }
        Ok(())
    }

    pub(super) fn call(&self, params: params::MakeCall, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let params::MakeCall {
            call,
            connection,
            function,
            args,
            park,
        } = params;
        let found = self.registry.connection(&connection);
        let OnConnection {
            module,
            identity,
            opening,
        } = found.ok_or_else(|| unknown("open connection", &connection))?;
        if !self.registry.begin_call(&call, &module) {
            return Err((
                Code::DuplicateName,
                format!("a call of the name `{call}` was made already"),
            ));
        }
        let (reply, called) = (take(reply), function.clone());
        let (name, opened) = (connection.clone(), Arc::clone(&opening));
        let done = move |end: CallEnd| {
            if opened.has_failed() {
                return refuse_unopened(reply, &name);
            }
            match end.outcome {
                Ok(value) => reply.result_text(&returned(&value, &end.seqs)),
                Err(failure) => {
                    let error = call_error(&failure, &called);
                    reply.result(&json!({ "outcome": "failed", "error": error, "seqs": end.seqs }))
                }
            }
        };
        let caller = Caller {
            name: Some(call),
            sender: identity,
            connection: Some(connection),
            parks: park,
            queues: true,
            opening: Some(opening),
            schedule: None,
        };
        module.submit(caller, &function, args.get(), Box::new(done));
        Ok(())
    }

    pub(super) fn cancel(&self, params: params::OfCall, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let name = params.call;
        let module = self.registry.module_of_call(&name);
        // The calls of a module that is gone have ended.
        if let Some(module) = module.ok_or_else(|| unknown("call", &name))?.upgrade() {
            module.cancel(&name);
        }
        take(reply).result(&json!({}));
        Ok(())
    }

    pub(super) fn go_on(&self, params: params::OfModulesCall, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let params::OfModulesCall { module, call } = params;
        if !self.module(&module)?.go_on(&call) {
            return Err((
                Code::NotNow,
                format!("the call `{call}` is not parked in `{module}`: wait for its tx/parked"),
            ));
        }
        take(reply).result(&json!({}));
        Ok(())
    }
}

/// The result of a call that returned that JSON text.
pub(super) fn returned(value: &str, seqs: &[u64]) -> String {
    let seqs = json!(seqs);
    format!(r#"{{"outcome":"returned","value":{value},"seqs":{seqs}}}"#)
}

fn call_error(failure: &Failure, function: &str) -> Value {
    json!({ "category": failure.category.name(), "message": failure.message, "function": function })
}

/// Refuses what was submitted before its connection was refused.
fn refuse_unopened(reply: Reply, connection: &str) {
    let (code, message) = unknown("open connection", connection);
    reply.refuse(code, &message);
}
