//! How host calls are refused and how calls fail: the codes and categories of the guest ABI.

use std::fmt;

/// The code of a refused host call, as both kinds of guest read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Code {
    /// No row under that key.
    Absent = -1,
    /// A table is used, a transaction ended or a call scheduled while this call has no transaction open.
    NoTransaction = -2,
    /// A transaction is begun, a fetch issued or a sleep begun while this call has one open.
    TransactionOpen = -3,
    /// A reducer or hook fetches, sleeps, or begins, commits or aborts a transaction.
    NotAllowed = -4,
    /// An insert on an existing key.
    UniqueViolation = -5,
    /// The module does not declare that table.
    UnknownTable = -6,
    /// What the guest handed over is not what the contract takes.
    BadValue = -7,
    /// The body of a transaction gave a thenable; the transaction was undone.
    ThenableBody = -8,
    /// A fetch ended without a complete response.
    Transport = -9,
    /// A fetch passed its time limit.
    Timeout = -10,
    /// A handle is used after the call it belongs to has ended.
    HandleClosed = -11,
    /// A commit conflicted and was undone.
    Conflict = -12,
    /// A declared bound was passed.
    Limit = -13,
    /// The call or the module is being ended by its operator.
    Cancelled = -14,
    /// A fetch was aborted by the guest itself.
    Aborted = -15,
}

impl Code {
    const ALL: [Code; 15] = [
        Code::Absent,
        Code::NoTransaction,
        Code::TransactionOpen,
        Code::NotAllowed,
        Code::UniqueViolation,
        Code::UnknownTable,
        Code::BadValue,
        Code::ThenableBody,
        Code::Transport,
        Code::Timeout,
        Code::HandleClosed,
        Code::Conflict,
        Code::Limit,
        Code::Cancelled,
        Code::Aborted,
    ];

    /// The code of that number, as a guest hands it to `fail`.
    pub fn from_number(number: i32) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The number that the guest reads; always negative.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The category that the caller of a failed call reads.
    pub fn category(self) -> Category {
        match self {
            Code::Absent => Category::Absent,
            Code::NoTransaction => Category::NoTransaction,
            Code::TransactionOpen => Category::TransactionOpen,
            Code::NotAllowed => Category::NotAllowed,
            Code::UniqueViolation => Category::UniqueViolation,
            Code::UnknownTable => Category::UnknownTable,
            Code::BadValue => Category::BadValue,
            Code::ThenableBody => Category::ThenableBody,
            Code::Transport => Category::Transport,
            Code::Timeout => Category::Timeout,
            Code::HandleClosed => Category::HandleClosed,
            Code::Conflict => Category::Conflict,
            Code::Limit => Category::Limit,
            Code::Cancelled => Category::Cancelled,
            Code::Aborted => Category::Aborted,
        }
    }
}

/// What the caller of a failed call reads. The first fifteen are those of [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// See [`Code::Absent`].
    Absent,
    /// See [`Code::NoTransaction`].
    NoTransaction,
    /// See [`Code::TransactionOpen`].
    TransactionOpen,
    /// See [`Code::NotAllowed`].
    NotAllowed,
    /// See [`Code::UniqueViolation`].
    UniqueViolation,
    /// See [`Code::UnknownTable`].
    UnknownTable,
    /// See [`Code::BadValue`].
    BadValue,
    /// See [`Code::ThenableBody`].
    ThenableBody,
    /// See [`Code::Transport`].
    Transport,
    /// See [`Code::Timeout`].
    Timeout,
    /// See [`Code::HandleClosed`].
    HandleClosed,
    /// See [`Code::Conflict`].
    Conflict,
    /// See [`Code::Limit`].
    Limit,
    /// See [`Code::Cancelled`].
    Cancelled,
    /// See [`Code::Aborted`].
    Aborted,
    /// The guest threw, trapped, aborted or overflowed its stack.
    GuestError,
    /// The module has no function of that name.
    UnknownFunction,
    /// An argument is missing, superfluous or ill-typed.
    BadArguments,
    /// A synchronous procedure gave a thenable.
    PromiseFromSync,
    /// A reducer gave a thenable.
    AsyncReducer,
    /// No host operation is pending and the call can never end.
    Stalled,
    /// A turn passed its time budget.
    Budget,
    /// The call did not end in the time that its operator gives it.
    Deadline,
    /// The call's instance passed its memory bound, and the engine had to end it.
    Memory,
    /// The lane had to be rebuilt; the call may be tried again.
    LaneLost,
    /// The host or the module was shut down.
    Shutdown,
}

impl Category {
    /// The category's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Category::Absent => "absent",
            Category::NoTransaction => "no-transaction",
            Category::TransactionOpen => "transaction-open",
            Category::NotAllowed => "not-allowed",
            Category::UniqueViolation => "unique-violation",
            Category::UnknownTable => "unknown-table",
            Category::BadValue => "bad-value",
            Category::ThenableBody => "thenable-body",
            Category::Transport => "transport",
            Category::Timeout => "timeout",
            Category::HandleClosed => "handle-closed",
            Category::Conflict => "conflict",
            Category::Limit => "limit",
            Category::Cancelled => "cancelled",
            Category::Aborted => "aborted",
            Category::GuestError => "guest-error",
            Category::UnknownFunction => "unknown-function",
            Category::BadArguments => "bad-arguments",
            Category::PromiseFromSync => "promise-from-sync",
            Category::AsyncReducer => "async-reducer",
            Category::Stalled => "stalled",
            Category::Budget => "budget",
            Category::Deadline => "deadline",
            Category::Memory => "memory",
            Category::LaneLost => "lane-lost",
            Category::Shutdown => "shutdown",
        }
    }
}

/// A refused or failed host call: the code that the guest reads and a message for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: Code,
    /// What was wrong; holds no query string and no credentials.
    pub message: String,
}

impl Refusal {
    /// A refusal with that message.
    pub fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.category().name(), self.message)
    }
}

/// Why a call failed, as its caller reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The category.
    pub category: Category,
    /// What went wrong, for people.
    pub message: String,
}

impl Failure {
    /// A failure with that message.
    pub fn new(category: Category, message: impl Into<String>) -> Failure {
        Failure {
            category,
            message: message.into(),
        }
    }

    /// The guest threw, trapped, aborted or overflowed its stack. [`crate::call::Call::fail`] overrides it.
    pub fn guest(message: impl Into<String>) -> Failure {
        Failure::new(Category::GuestError, message)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::new(refusal.code.category(), refusal.message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.category.name(), self.message)
    }
}
