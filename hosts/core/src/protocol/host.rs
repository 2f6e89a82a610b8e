//! The requests of the host protocol, one method each. Nothing here waits: what takes time answers later.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use serde_json::{Value, json};

use super::{
    codes::{Code, Refused},
    envelope::Request,
    methods::{capabilities, methods},
    outbox::{Outbox, Reply},
    params,
    registry::Registry,
};
use crate::{
    clock::Clock,
    egress::{AllowList, Egress, system_tls},
    engine::{Engine, Guest},
    limits,
    module::{self, Module, Surroundings, TurnLine},
};

/// Version of the host protocol that is spoken here.
const PROTOCOL: u64 = 1;

/// Whether the host goes on after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    End,
}

/// A host that speaks the protocol.
pub(crate) struct Host {
    engine: Arc<dyn Engine>,
    pub(super) outbox: Outbox,
    pub(super) registry: Arc<Registry>,
    pub(super) session: Option<Session>,
    loads: u64,
}

/// What `initialize` said.
pub(super) struct Session {
    pub(super) seed: Arc<str>,
    clock: Arc<Clock>,
    allow: AllowList,
    tls: rustls::ClientConfig,
}

impl Host {
    pub fn new(engine: Arc<dyn Engine>, outbox: Outbox) -> Host {
        Host {
            engine,
            outbox,
            registry: Arc::default(),
            session: None,
            loads: 0,
        }
    }

    /// Takes one request.
    pub fn take(&mut self, request: Request) -> Flow {
        let Some(reply) = self.outbox.reply(request.id) else {
            self.outbox.refuse_line(
                Code::InvalidRequest,
                &format!("a request with the id {} is still unanswered", request.id),
            );
            return Flow::Continue;
        };
        // A method that answers later takes the reply; one that refuses leaves it.
        let mut reply = Some(reply);
        match self.dispatch(&request.method, request.params.get(), &mut reply) {
            Ok(flow) => flow,
            Err((code, message)) => {
                if let Some(reply) = reply {
                    reply.refuse(code, &message);
                }
                Flow::Continue
            }
        }
    }

    /// Ends everything: calls in flight fail as `shutdown`, other requests are refused, `last` is answered after them.
    pub fn shut_down(&self, last: Option<Reply>) {
        for module in self.registry.modules() {
            module.close();
        }
        self.outbox.refuse_rest(last.as_ref().map(Reply::id));
        if let Some(reply) = last {
            reply.result(&json!({}));
        }
        self.outbox.flush();
    }

    fn dispatch(&mut self, method: &str, params: &str, reply: &mut Option<Reply>) -> Result<Flow, Refused> {
        if method == "initialize" {
            let params = params::read(method, params)?;
            let result = self.initialize(params)?;
            answer(reply, &result);
            return Ok(Flow::Continue);
        }
        if !methods(&*self.engine).any(|known| known == method) {
            let known: Vec<&str> = methods(&*self.engine).collect();
            return Err((
                Code::UnknownMethod,
                format!(
                    "the method `{method}` is unknown; known are initialize, {}",
                    known.join(", ")
                ),
            ));
        }
        if self.session.is_none() {
            return Err((Code::NotNow, format!("{method} came before `initialize`")));
        }
        match method {
            "module/load" => self.load(params::read(method, params)?, reply),
            "module/update" => self.update(params::read(method, params)?, reply)?,
            "module/unload" => {
                let params::OfModule { module } = params::read(method, params)?;
                let removed = self
                    .registry
                    .remove_module(&module)
                    .ok_or_else(|| unknown("module", &module))?;
                removed.close();
                answer(reply, &json!({}));
            }
            "connection/open" => self.open_connection(params::read(method, params)?, reply)?,
            "connection/close" => self.close_connection(params::read(method, params)?, reply)?,
            "call" => self.call(params::read(method, params)?, reply)?,
            "call/cancel" => self.cancel(params::read(method, params)?, reply)?,
            "tx/continue" => self.go_on(params::read(method, params)?, reply)?,
            "store/fail" => {
                let params::FailCommits { module, call, commits } = params::read(method, params)?;
                self.module(&module)?.failpoints.arm(&call, commits.get());
                answer(reply, &json!({}));
            }
            "table/read" => self.read_table(&params::read(method, params)?, reply)?,
            "table/subscribe" => self.subscribe(params::read(method, params)?, reply)?,
            "table/unsubscribe" => self.unsubscribe(&params::read(method, params)?, reply)?,
            "quiesce" => {
                let params::Quiesce { module, outcomes } = params::read(method, params)?;
                let module = self.module(&module)?;
                let reply = take(reply);
                let told = move |quiet: module::Quiet| {
                    reply.result(&json!({ "outcomes": quiet.outcomes, "fetchesInFlight": quiet.fetches }))
                };
                module.when_quiet(outcomes, Box::new(told));
            }
            "lane/pause" => {
                let params::OfModule { module } = params::read(method, params)?;
                let module = self.module(&module)?;
                let reply = take(reply);
                module.pause(Box::new(move |()| reply.result(&json!({}))));
            }
            "lane/step" => self.step(params::read(method, params)?, reply)?,
            "lane/resume" => {
                let params::OfModule { module } = params::read(method, params)?;
                self.module(&module)?.resume();
                answer(reply, &json!({}));
            }
            "clock/advance" => self.advance(&params::read(method, params)?, reply)?,
            "stats" => {
                let params::Nothing {} = params::read(method, params)?;
                let modules: Vec<Value> = self.registry.modules().iter().map(|module| module.stats()).collect();
                answer(reply, &json!({ "pid": std::process::id(), "modules": modules }));
            }
            _ => {
                let params::Nothing {} = params::read(method, params)?;
                self.shut_down(reply.take());
                return Ok(Flow::End);
            }
        }
        Ok(Flow::Continue)
    }

    fn initialize(&mut self, params: params::Initialize) -> Result<Value, Refused> {
        if self.session.is_some() {
            return Err((Code::NotNow, "`initialize` came a second time".to_owned()));
        }
        if params.protocol != PROTOCOL {
            return Err((
                Code::InvalidParams,
                format!("`protocol` is {}; this host speaks {PROTOCOL}", params.protocol),
            ));
        }
        let allow = AllowList::parse(&params.allow).map_err(|error| (Code::InvalidParams, error))?;
        let clock = match params.clock {
            params::ClockMode::Virtual { now } => Clock::start_virtual(now, settle_all(Arc::clone(&self.registry))),
            params::ClockMode::Real {} => Clock::start_real(),
        };
        self.session = Some(Session {
            seed: params.seed.into(),
            clock,
            allow,
            tls: system_tls(),
        });
        let software = |(name, version): (String, String)| json!({ "name": name, "version": version });
        let (name, version) = self.engine.host();
        let guests = self.engine.guests();
        Ok(json!({
            "protocol": PROTOCOL,
            "nonce": params.nonce,
            "host": { "name": name, "version": version },
            "engines": self.engine.versions().into_iter().map(software).collect::<Vec<_>>(),
            "guests": guests.iter().map(|guest| guest.name()).collect::<Vec<_>>(),
            "capabilities": capabilities(&*self.engine),
            "profile": {
                "tx": if guests.contains(&Guest::Ts) { "closure" } else { "named" },
                "retry": "none",
                "blockingPool": self.engine.blocking_pool(),
                "requestBurst": limits::REQUEST_BURST,
                "maxInFlight": self.engine.max_in_flight(),
            },
        }))
    }

    fn load(&mut self, params: params::Load, reply: &mut Option<Reply>) {
        let session = self.session.as_ref().expect("checked before");
        self.loads += 1;
        let id = format!("m{}", self.loads);
        let surroundings = Surroundings {
            engine: Arc::clone(&self.engine),
            run_seed: Arc::clone(&session.seed),
            clock: Arc::clone(&session.clock),
            outbox: self.outbox.clone(),
            egress: Egress::new(session.allow.clone(), &session.tls, &params.limits),
            blocking_pool: at_most(self.engine.blocking_pool(), params.limits.in_flight).unwrap_or(0),
            max_in_flight: at_most(self.engine.max_in_flight(), params.limits.in_flight),
            limits: params.limits,
        };
        let (registry, reply) = (Arc::clone(&self.registry), take(reply));
        let done = move |loaded: Result<Arc<Module>, module::Refused>| match loaded {
            Ok(module) => {
                let result = format!(
                    r#"{{"module":"{}","interface":{}}}"#,
                    module.id,
                    module.code().interface.json
                );
                registry.add_module(module);
                reply.result_text(&result);
            }
            Err(refused) => refuse_module(reply, &refused),
        };
        let thread = thread::Builder::new()
            .name(format!("{id}-lane"))
            .stack_size(limits::TURN_STACK_BYTES);
        let wanted = module::Wanted {
            guest: params.guest.into(),
            path: params.path,
            sha256: params.sha256,
            data: params.data,
        };
        let load = move || module::load_and_run(id, &wanted, surroundings, done);
        thread.spawn(load).expect("the system has a thread for the lane");
    }

    fn update(&self, params: params::Update, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let module = self.module(&params.module)?;
        let reply = take(reply);
        let done = move |updated: Result<&str, module::Refused>| match updated {
            Ok(interface) => reply.result_text(&format!(r#"{{"interface":{interface}}}"#)),
            Err(refused) => refuse_module(reply, &refused),
        };
        module.update(module::Update {
            path: params.path,
            sha256: params.sha256,
            done: Box::new(done),
        });
        Ok(())
    }

    fn step(&self, params: params::OfModule, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let module = self.module(&params.module)?;
        let not_paused = || {
            (
                Code::NotNow,
                format!("the lane of `{}` is not paused: send lane/pause first", params.module),
            )
        };
        if !module.is_paused() {
            return Err(not_paused());
        }
        let reply = take(reply);
        module.step(Box::new(move |turn: Option<TurnLine>| {
            let turn = turn.map(|turn| {
                let kind = if turn.completion { "completion" } else { "request" };
                json!({ "kind": kind, "call": turn.call, "function": turn.function })
            });
            reply.result(&json!({ "turn": turn }));
        }));
        Ok(())
    }

    fn advance(&self, params: &params::Advance, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let clock = &self.session.as_ref().expect("checked before").clock;
        if !clock.is_virtual() {
            return Err((Code::NotNow, "the clock is a real one: it moves by itself".to_owned()));
        }
        if params.to < clock.now() {
            return Err((
                Code::InvalidParams,
                format!("`to` is {}, and the clock is at {} already", params.to, clock.now()),
            ));
        }
        let reply = take(reply);
        clock.advance(params.to, move |now| reply.result(&json!({ "now": now })));
        Ok(())
    }

    pub(super) fn module(&self, id: &str) -> Result<Arc<Module>, Refused> {
        self.registry.module(id).ok_or_else(|| unknown("module", id))
    }
}

pub(super) fn unknown(what: &str, name: &str) -> Refused {
    (Code::UnknownName, format!("there is no {what} `{name}`"))
}

pub(super) fn take(reply: &mut Option<Reply>) -> Reply {
    reply.take().expect("a request is answered once")
}

fn answer(reply: &mut Option<Reply>, result: &Value) {
    take(reply).result(result);
}

fn refuse_module(reply: Reply, refused: &module::Refused) {
    let data = json!({ "reason": refused.reason });
    reply.refuse_with(Code::ModuleRefused, &refused.message, data);
}

/// What the engine can, or less where the operator has set less.
fn at_most(engine: Option<usize>, operator: Option<usize>) -> Option<usize> {
    [engine, operator].into_iter().flatten().min()
}

/// Waits until nothing can run in any module. For the clock's thread.
fn settle_all(registry: Arc<Registry>) -> Box<dyn Fn() + Send> {
    Box::new(move || {
        for module in registry.modules() {
            let (quiet, waiting) = mpsc::channel();
            module.when_quiet(0, Box::new(move |_| quiet.send(()).unwrap_or_default()));
            // An error means that the module is gone: nothing of it can run.
            let _ = waiting.recv();
        }
    })
}
