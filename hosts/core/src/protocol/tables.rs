//! Tables, as the kit reads them from outside.

use std::sync::Arc;

use serde_json::json;

use super::{
    codes::{Code, Refused},
    host::{Host, take, unknown},
    outbox::Reply,
    params,
};
use crate::module::Module;

impl Host {
    pub(super) fn read_table(&self, params: &params::ReadTable, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let module = self.module_with(&params.module, &params.table)?;
        let (rows, seq) = module.store.read(&params.table);
        take(reply).result_text(&table_text(&rows, seq));
        Ok(())
    }

    pub(super) fn subscribe(&self, params: params::Subscribe, reply: &mut Option<Reply>) -> Result<(), Refused> {
        let params::Subscribe {
            module,
            table,
            subscription,
        } = params;
        let module = self.module_with(&module, &table)?;
        if !self.registry.begin_subscription(&subscription, &module) {
            return Err((
                Code::DuplicateName,
                format!("a subscription of the name `{subscription}` is there already"),
            ));
        }
        let reply = take(reply);
        let (outbox, name) = (self.outbox.clone(), subscription.clone());
        module.store.subscribe(
            &subscription,
            &table,
            Box::new(move |seq, changes| outbox.changed(&name, seq, changes)),
            |rows, seq| reply.result_text(&table_text(rows, seq)),
        );
        Ok(())
    }

    pub(super) fn unsubscribe(
        &self,
        params: &params::OfSubscription,
        reply: &mut Option<Reply>,
    ) -> Result<(), Refused> {
        let name = &params.subscription;
        let module = self.registry.end_subscription(name);
        module
            .ok_or_else(|| unknown("subscription", name))?
            .store
            .unsubscribe(name);
        take(reply).result(&json!({}));
        Ok(())
    }

    fn module_with(&self, module: &str, table: &str) -> Result<Arc<Module>, Refused> {
        let module = self.module(module)?;
        if !module.code().interface.tables.contains(table) {
            return Err(unknown("table", table));
        }
        Ok(module)
    }
}

fn table_text(rows: &str, seq: u64) -> String {
    format!(r#"{{"rows":{rows},"seq":{seq}}}"#)
}
