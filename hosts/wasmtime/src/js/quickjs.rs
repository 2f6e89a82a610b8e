//! QuickJS as the host holds it, and values that the engine keeps for the host.
//!
//! Every method fails only where the engine was ended in the middle: by a trap, its budget or its memory bound. The
//! instance is of no use after that.

use std::sync::Arc;

use wasmtime::{AsContextMut, Error, Result, StoreContextMut};

use super::{bound::MemoryExceeded, exports::Exports, realm::Realm};

/// A value that the engine keeps for the host until it is freed: where in its memory it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value(pub i32);

/// What JavaScript gave: a value, or what it threw.
pub(crate) type Given = Result<Value, Value>;

/// What a value is asked to be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Undefined,
    Number,
    String,
    Object,
    Function,
    Error,
    Promise,
}

/// Evaluate as a module, but compile it only.
const COMPILE_MODULE: i32 = 1 | 1 << 5;
/// Evaluate as strict code.
const STRICT: i32 = 1 << 3;
/// The tag in the upper half of a raw value that stands for a thrown exception.
const TAG_EXCEPTION: i64 = 6;

/// The engine, entered from outside or by a host function that it calls.
pub(crate) struct QuickJs<'a> {
    pub exports: Arc<Exports>,
    pub context: StoreContextMut<'a, Realm>,
}

impl<'a> QuickJs<'a> {
    /// The engine of that store, once it has been instantiated.
    pub fn of(context: &'a mut impl AsContextMut<Data = Realm>) -> Result<QuickJs<'a>> {
        let context = context.as_context_mut();
        let exports = context.data().exports.clone();
        let exports = exports.ok_or_else(|| Error::msg("the engine calls its host before it is there"))?;
        Ok(QuickJs { exports, context })
    }

    /// What the store knows of the calls in it.
    pub fn realm(&mut self) -> &mut Realm {
        self.context.data_mut()
    }

    /// Bounds the stack that the engine's own calls take, and has it ask for modules and tell of unhandled rejections.
    pub fn configure(&mut self, stack_bytes: i32) -> Result<()> {
        self.exports.limit_stack.call(&mut self.context, (stack_bytes,))?;
        self.exports.ask_for_modules.call(&mut self.context, (1,))?;
        self.exports.track_rejections.call(&mut self.context, (1,))
    }

    /// Frees a value.
    pub fn free(&mut self, value: Value) -> Result<()> {
        self.exports.free.call(&mut self.context, (value.0,))
    }

    /// Whether the value is of that kind. Runs nothing of the guest.
    pub fn is(&mut self, value: Value, kind: Kind) -> Result<bool> {
        let test = match kind {
            Kind::Undefined => &self.exports.is_undefined,
            Kind::Number => &self.exports.is_number,
            Kind::String => &self.exports.is_string,
            Kind::Object => &self.exports.is_object,
            Kind::Function => &self.exports.is_function,
            Kind::Error => &self.exports.is_error,
            Kind::Promise => &self.exports.is_promise,
        };
        Ok(test.call(&mut self.context, (value.0,))? != 0)
    }

    /// Names an object for as long as it lives.
    pub fn address(&mut self, value: Value) -> Result<i32> {
        self.exports.address.call(&mut self.context, (value.0,))
    }

    /// `undefined`.
    pub fn undefined(&mut self) -> Result<Value> {
        self.exports.undefined.call(&mut self.context, ()).map(Value)
    }

    /// A number.
    pub fn new_number(&mut self, number: f64) -> Result<Value> {
        self.exports.new_number.call(&mut self.context, (number,)).map(Value)
    }

    /// A string. Inner error: an exception, as where it is longer than the engine's longest.
    pub fn new_text(&mut self, text: &str) -> Result<Given> {
        let at = self.lend(text.as_bytes())?;
        let value = self
            .exports
            .new_string
            .call(&mut self.context, (at, text.len() as i32))?;
        self.take_back(at)?;
        self.given(value)
    }

    /// A `Uint8Array` with a copy of those bytes.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Result<Given> {
        let at = self.lend(bytes)?;
        let value = self
            .exports
            .new_bytes
            .call(&mut self.context, (at, bytes.len() as i32))?;
        self.take_back(at)?;
        self.given(value)
    }

    /// An object with a function for each name, which calls the host.
    pub fn new_functions(&mut self, names: &[&str]) -> Result<Value> {
        let object = self.exports.new_object.call(&mut self.context, ()).map(Value)?;
        for name in names {
            let at = self.lend(name.as_bytes())?;
            let length = name.len() as i32;
            let function = self.exports.new_function.call(&mut self.context, (at, length, 0))?;
            self.exports.set.call(&mut self.context, (object.0, at, function))?;
            self.free(Value(function))?;
            self.take_back(at)?;
        }
        Ok(object)
    }

    /// Whether it is `true`; frees it.
    pub fn is_true(&mut self, boolean: Value) -> Result<bool> {
        let is_true = self.exports.boolean.call(&mut self.context, (boolean.0,))? != 0;
        self.free(boolean)?;
        Ok(is_true)
    }

    /// The number, where it is one.
    pub fn number(&mut self, value: Value) -> Result<Option<f64>> {
        if !self.is(value, Kind::Number)? {
            return Ok(None);
        }
        self.exports.number.call(&mut self.context, (value.0,)).map(Some)
    }

    /// The text of a string; `None` where it is no string or holds a lone surrogate.
    pub fn text(&mut self, value: Value) -> Result<Option<String>> {
        Ok(self.encoded(value)?.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// The text of a string, lone surrogates replaced; empty where it is no string.
    pub fn lossy_text(&mut self, value: Value) -> Result<String> {
        let bytes = self.encoded(value)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A copy of what a `Uint8Array` shows; nothing where its buffer is gone.
    pub fn bytes(&mut self, value: Value) -> Result<Vec<u8>> {
        let context = self.exports.context.call(&mut self.context, ())?;
        let raw = self.raw(value)?;
        let out = self.lend(&[0; 4])?;
        let at = self.exports.bytes.call(&mut self.context, (context, out, raw))?;
        let length = self.word(out)?;
        self.take_back(out)?;
        if length == 0 {
            let thrown = self.exception()?;
            self.free(thrown)?;
            return Ok(Vec::new());
        }
        self.copy(at, length)
    }

    /// Evaluates the host's own code, as strict code.
    pub fn evaluate(&mut self, source: &str, name: &str) -> Result<Given> {
        let (code, file) = (self.lend(source.as_bytes())?, self.lend(name.as_bytes())?);
        let length = source.len() as i32;
        let value = self
            .exports
            .eval
            .call(&mut self.context, (code, length, file, STRICT))?;
        self.take_back(code)?;
        self.take_back(file)?;
        self.given(value)
    }

    /// Compiles a module and begins to evaluate it: its namespace, and the promise of its evaluation.
    pub fn evaluate_module(&mut self, source: &str, name: &str) -> Result<Result<(Value, Value), Value>> {
        let context = self.exports.context.call(&mut self.context, ())?;
        let (code, file) = (self.lend(source.as_bytes())?, self.lend(name.as_bytes())?);
        let arguments = (context, code, source.len() as i32, file, COMPILE_MODULE);
        let module = self.exports.compile.call(&mut self.context, arguments)?;
        self.take_back(code)?;
        self.take_back(file)?;
        if module >> 32 == TAG_EXCEPTION {
            return self.exception().map(Err);
        }
        let promise = self.exports.evaluate.call(&mut self.context, (context, module))?;
        if promise >> 32 == TAG_EXCEPTION {
            return self.exception().map(Err);
        }
        // A module's value is its address: the context keeps it.
        let namespace = self
            .exports
            .namespace
            .call(&mut self.context, (context, module as i32))?;
        Ok(Ok((self.keep(namespace)?, self.keep(promise)?)))
    }

    /// A property. May run a getter of the guest.
    pub fn get(&mut self, object: Value, name: &str) -> Result<Given> {
        let at = self.lend(name.as_bytes())?;
        let value = self.exports.get.call(&mut self.context, (object.0, at))?;
        self.take_back(at)?;
        self.given(value)
    }

    /// Calls a function.
    pub fn call(&mut self, function: Value, this: Value, arguments: &[Value]) -> Result<Given> {
        let words: Vec<u8> = arguments.iter().flat_map(|value| value.0.to_le_bytes()).collect();
        let at = self.lend(&words)?;
        let passed = (function.0, this.0, arguments.len() as i32, at);
        let value = self.exports.call.call(&mut self.context, passed)?;
        self.take_back(at)?;
        self.given(value)
    }

    /// Throws a value, which it frees, into the function that called the host; that then has to give nothing.
    pub fn throw(&mut self, value: Value) -> Result<()> {
        let exception = self.exports.throw.call(&mut self.context, (value.0,))?;
        self.free(Value(exception))?;
        self.free(value)
    }

    /// Throws an error with that message, in the same way.
    pub fn throw_error(&mut self, message: &str) -> Result<()> {
        let error = self.exports.new_error.call(&mut self.context, ()).map(Value)?;
        if let Ok(message) = self.new_text(message)? {
            let name = self.lend(b"message")?;
            self.exports.set.call(&mut self.context, (error.0, name, message.0))?;
            self.take_back(name)?;
            self.free(message)?;
        }
        self.throw(error)
    }

    /// The bytes up to the zero that ends them, as the engine names modules.
    pub fn name(&mut self, at: i32) -> Result<Vec<u8>> {
        let memory = self.exports.memory.data(&self.context);
        let bytes = memory.get(at as u32 as usize..).unwrap_or_default();
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(name.to_vec())
    }

    /// The 32-bit word at that place.
    pub fn word(&mut self, at: i32) -> Result<i32> {
        let mut word = [0; 4];
        self.exports.memory.read(&self.context, at as u32 as usize, &mut word)?;
        Ok(i32::from_le_bytes(word))
    }

    /// The bytes at that place.
    pub fn copy(&mut self, at: i32, length: i32) -> Result<Vec<u8>> {
        let (start, length) = (at as u32 as usize, length as u32 as usize);
        let memory = self.exports.memory.data(&self.context);
        let bytes = memory.get(start..start + length);
        bytes
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Error::msg("the engine named bytes outside of its memory"))
    }

    /// Writes bytes at that place.
    pub fn write(&mut self, at: i32, bytes: &[u8]) -> Result<()> {
        self.exports
            .memory
            .write(&mut self.context, at as u32 as usize, bytes)?;
        Ok(())
    }

    fn encoded(&mut self, value: Value) -> Result<Option<Vec<u8>>> {
        if !self.is(value, Kind::String)? {
            return Ok(None);
        }
        let out = self.lend(&[0; 4])?;
        let at = self.exports.string.call(&mut self.context, (value.0, out))?;
        let length = self.word(out)?;
        self.take_back(out)?;
        if at == 0 {
            let thrown = self.exception()?;
            self.free(thrown)?;
            return Ok(None);
        }
        let bytes = self.copy(at, length)?;
        self.exports.free_string.call(&mut self.context, (at,))?;
        Ok(Some(bytes))
    }

    fn given(&mut self, value: i32) -> Result<Given> {
        if self.exports.is_exception.call(&mut self.context, (value,))? == 0 {
            return Ok(Ok(Value(value)));
        }
        self.free(Value(value))?;
        self.exception().map(Err)
    }

    pub fn exception(&mut self) -> Result<Value> {
        self.exports.exception.call(&mut self.context, ()).map(Value)
    }

    /// The engine's own form of a value.
    fn raw(&mut self, value: Value) -> Result<i64> {
        let mut raw = [0; 8];
        self.exports
            .memory
            .read(&self.context, value.0 as u32 as usize, &mut raw)?;
        Ok(i64::from_le_bytes(raw))
    }

    /// Keeps a value that stands in the engine's own form.
    fn keep(&mut self, raw: i64) -> Result<Value> {
        let at = self.allocate(8)?;
        self.write(at, &raw.to_le_bytes())?;
        Ok(Value(at))
    }

    /// Copies bytes into the engine's memory, with a zero behind them, as its parser and names need it.
    pub fn lend(&mut self, bytes: &[u8]) -> Result<i32> {
        let at = self.allocate(bytes.len() + 1)?;
        self.write(at, bytes)?;
        self.write(at + bytes.len() as i32, &[0])?;
        Ok(at)
    }

    pub fn take_back(&mut self, at: i32) -> Result<()> {
        self.exports.release.call(&mut self.context, (at,))
    }

    fn allocate(&mut self, bytes: usize) -> Result<i32> {
        match self.exports.allocate.call(&mut self.context, (bytes as i32,))? {
            0 => Err(Error::new(MemoryExceeded)),
            at => Ok(at),
        }
    }
}
