//! Connections, and the calls that are made on them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    codes::{Code, Refused},
    host::{Host, take, unknown},
    outbox::Reply,
    params,
};
use crate::{
    failure::Failure,
    interface::Hook,
    module::{CallEnd, Caller, Module},
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
        if !self
            .registry
            .begin_connection(&connection, Arc::clone(&module), identity.clone())
        {
            return Err((
                Code::DuplicateName,
                format!("a connection of the name `{connection}` is there already"),
            ));
        }
        let (registry, reply) = (Arc::clone(&self.registry), take(reply));
        let (name, told_identity) = (connection.clone(), identity.clone());
        let done = move |end: CallEnd| match end.outcome {
            Ok(_) => {
                registry.open_connection(&name);
                reply.result(&json!({ "identity": told_identity }));
            }
            Err(failure) => {
                registry.end_connection(&name);
                let error = call_error(&failure, Hook::Connected.function());
                reply.refuse_with(
                    Code::ConnectionRefused,
                    &format!("the connection `{name}` was refused: {failure}"),
                    json!({ "error": error }),
                );
            }
        };
        submit_hook(&module, Hook::Connected, (&identity, &connection), done);
        Ok(())
    }

    pub(super) fn close_connection(
        &self,
        params: params::CloseConnection,
        reply: &mut Option<Reply>,
    ) -> Result<(), Refused> {
        let name = params.connection;
        let (module, identity) = self
            .registry
            .begin_close(&name)
            .ok_or_else(|| unknown("open connection", &name))?;
        let (registry, reply, closed) = (Arc::clone(&self.registry), take(reply), name.clone());
        let done = move |_: CallEnd| {
            registry.end_connection(&closed);
            reply.result(&json!({}));
        };
        submit_hook(&module, Hook::Disconnected, (&identity, &name), done);
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
        let (module, sender) = self
            .registry
            .connection(&connection)
            .ok_or_else(|| unknown("open connection", &connection))?;
        if !self.registry.begin_call(&call, &module) {
            return Err((
                Code::DuplicateName,
                format!("a call of the name `{call}` was made already"),
            ));
        }
        let (reply, called) = (take(reply), function.clone());
        let done = move |end: CallEnd| {
            let seqs = json!(end.seqs);
            match end.outcome {
                Ok(value) => reply.result_text(&format!(r#"{{"outcome":"returned","value":{value},"seqs":{seqs}}}"#)),
                Err(failure) => {
                    reply.result(&json!({ "outcome": "failed", "error": call_error(&failure, &called), "seqs": seqs }))
                }
            }
        };
        let caller = Caller {
            name: Some(call),
            sender,
            connection: Some(connection),
            parks: park,
            queues: true,
            schedule: None,
        };
        module.submit(caller, &function, args, Box::new(done));
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

fn call_error(failure: &Failure, function: &str) -> Value {
    json!({ "category": failure.category.name(), "message": failure.message, "function": function })
}

/// Submits a hook of a connection; a module without it is as one whose hook does nothing.
fn submit_hook(
    module: &Arc<Module>,
    hook: Hook,
    (identity, name): (&str, &str),
    done: impl FnOnce(CallEnd) + Send + 'static,
) {
    if let Some(done) = module.submit_hook(hook, Some((identity, name)), Box::new(done)) {
        done(CallEnd {
            outcome: Ok("null".to_owned()),
            seqs: Vec::new(),
        });
    }
}
