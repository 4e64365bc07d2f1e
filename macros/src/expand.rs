//! The function that takes the place of the user's.

use std::iter::once;

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::error::Error;
use crate::function::Function;
use crate::options::{Flavor, Leak, OF_MAIN, OF_TEST, Options};

/// Which attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Main,
    Test,
}

impl Entry {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Main => "#[wakeful::main]",
            Self::Test => "#[wakeful::test]",
        }
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Main => OF_MAIN,
            Self::Test => OF_TEST,
        }
    }
}

pub(crate) fn expand(entry: Entry, options: TokenStream, item: TokenStream) -> TokenStream {
    let function = match Function::parse(entry.attribute(), item.clone()) {
        Ok(function) => function,
        // The item stays, so that what calls it is not an error of its own.
        Err(error) => return error.into_tokens().into_iter().chain(item).collect(),
    };
    let options = Options::parse(entry.attribute(), entry.options(), options);
    let (options, error) = match options {
        Ok(options) => (options, misuse(entry, &function)),
        Err(error) => (Options::default(), Some(error)),
    };
    let error = error.map(Error::into_tokens).unwrap_or_default();
    error.into_iter().chain(write(entry, &options, function)).collect()
}

fn misuse(entry: Entry, function: &Function) -> Option<Error> {
    if entry == Entry::Main {
        return None;
    }
    if !function.arguments.stream().is_empty() {
        let text = "a test is called without arguments: make the values inside it";
        return Some(Error::new(function.arguments.span(), text));
    }
    function.test_attribute.map(|place| {
        Error::new(place, "#[wakeful::test] makes it a test already: leave out `#[test]`")
    })
}

/// `BEFORE NAME SIGNATURE { LIBRARY::__private::ENTRY(SETTINGS, async move BODY) }`.
fn write(entry: Entry, options: &Options, function: Function) -> TokenStream {
    // What is written here shows up in errors at the name, and in reports at the attribute.
    let place = Span::call_site().located_at(function.name.span());
    let library = options.library.clone().unwrap_or_else(|| tokens("::wakeful", place));
    let private = || library.clone().into_iter().chain(tokens("::__private", place));

    let mut call: TokenStream = private().collect();
    call.extend(tokens(if entry == Entry::Main { "::main" } else { "::test" }, place));
    let mut arguments: TokenStream = private().collect();
    arguments.extend(tokens("::Settings", place));
    arguments.extend(once(TokenTree::from(settings(entry, options, private().collect(), place))));
    arguments.extend(tokens(", async move", place));
    arguments.extend(once(TokenTree::from(body(&function, private().collect(), place))));
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(place);
    call.extend(once(TokenTree::from(parentheses)));

    let mut braces = Group::new(Delimiter::Brace, call);
    braces.set_span(function.body.span());
    let mut written = TokenStream::new();
    if entry == Entry::Test {
        written.extend(tokens("#[::core::prelude::v1::test]", place));
    }
    written.extend(function.before);
    written.extend(once(TokenTree::from(function.name)));
    written.extend(function.signature);
    written.extend(once(TokenTree::from(braces)));
    written
}

/// `{ flavor: .., leak: .., http: .., virtual_clock: .. }`.
fn settings(entry: Entry, options: &Options, private: TokenStream, place: Span) -> Group {
    let flavor = match (options.flavor, options.worker_threads) {
        (_, Some(count)) => format!("::Flavor::Workers({count})"),
        (Some(Flavor::CurrentThread), None) => "::Flavor::CurrentThread".into(),
        (None, None) if entry == Entry::Test || options.virtual_clock == Some(true) => {
            "::Flavor::CurrentThread".into()
        }
        (Some(Flavor::MultiThread) | None, None) => "::Flavor::MultiThread".into(),
    };
    let leak = match options.leak {
        Some(Leak::Off) => "::Action::Off",
        Some(Leak::Report) => "::Action::Report",
        Some(Leak::Panic) | None => "::Action::Panic",
    };
    let mut fields = tokens("flavor: ", place);
    fields.extend(private.clone());
    fields.extend(tokens(&flavor, place));
    fields.extend(tokens(", leak: ", place));
    fields.extend(private);
    fields.extend(tokens(leak, place));
    fields.extend(tokens(", http: ::core::option::Option::", place));
    match &options.http {
        Some(address) => {
            fields.extend(tokens("Some", place));
            let inner = TokenStream::from_iter([TokenTree::from(address.clone())]);
            fields.extend(once(TokenTree::from(Group::new(Delimiter::Parenthesis, inner))));
        }
        None => fields.extend(tokens("None", place)),
    }
    let clock = options.virtual_clock.unwrap_or(false);
    fields.extend(tokens(&format!(", virtual_clock: {clock}"), place));
    Group::new(Delimiter::Brace, fields)
}

/// The user's body. Where the function names its type, so does a branch that is never taken:
/// without it, a wrong type in the body is an error about futures.
fn body(function: &Function, private: TokenStream, place: Span) -> Group {
    let statements = function.body.stream();
    let inner: TokenStream = match &function.output {
        Some(output) if can_be_argument(output) => {
            let mut hint = tokens(
                "#[allow(clippy::all, clippy::pedantic, clippy::restriction, \
                 reason = \"written by an attribute\")] if false",
                place,
            );
            let mut never = tokens("return ", place);
            never.extend(private);
            never.extend(tokens("::never::<", place));
            never.extend(output.clone());
            never.extend(tokens(">();", place));
            hint.extend(once(TokenTree::from(Group::new(Delimiter::Brace, never))));
            hint.into_iter().chain(statements).collect()
        }
        _ => statements,
    };
    let mut body = Group::new(Delimiter::Brace, inner);
    body.set_span(function.body.span());
    body
}

/// Whether a return type can stand between `<` and `>`.
fn can_be_argument(output: &TokenStream) -> bool {
    let first = output.clone().into_iter().next().map(|token| token.to_string());
    first.is_some_and(|first| first != "impl" && first != "!")
}

/// `code`, as if it stood at `place`.
fn tokens(code: &str, place: Span) -> TokenStream {
    let parsed: TokenStream = code.parse().unwrap_or_default();
    respan(parsed, place)
}

fn respan(stream: TokenStream, place: Span) -> TokenStream {
    stream
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut spanned = Group::new(group.delimiter(), respan(group.stream(), place));
                spanned.set_span(place);
                spanned.into()
            }
            mut token => {
                token.set_span(place);
                token
            }
        })
        .collect()
}
