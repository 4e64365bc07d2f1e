//! The options in the parentheses of an attribute.

use proc_macro::{Literal, Span, TokenStream, TokenTree};

use crate::error::Error;

/// The options of `#[wakeful::main]`.
pub(crate) const OF_MAIN: &[&str] = &["flavor", "worker_threads", "http", "clock", "crate"];
/// Those of `#[wakeful::test]`.
pub(crate) const OF_TEST: &[&str] = &["flavor", "worker_threads", "http", "clock", "leak", "crate"];

/// Where tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    CurrentThread,
    MultiThread,
}

/// What is done about tasks that a test leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leak {
    Off,
    Report,
    Panic,
}

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) flavor: Option<Flavor>,
    pub(crate) worker_threads: Option<usize>,
    /// Where to serve the debug endpoint.
    pub(crate) http: Option<Literal>,
    /// Whether time passes only while every task sleeps.
    pub(crate) virtual_clock: Option<bool>,
    pub(crate) leak: Option<Leak>,
    /// The path of the library, if it is not `::wakeful`.
    pub(crate) library: Option<TokenStream>,
}

impl Options {
    /// Reads `NAME = LITERAL, ..`, of these names.
    pub(crate) fn parse(
        attribute: &str,
        names: &[&str],
        options: TokenStream,
    ) -> Result<Self, Error> {
        let mut read = Self::default();
        let mut tokens = options.into_iter();
        while let Some(token) = tokens.next() {
            let TokenTree::Ident(name) = token else {
                let known = known(names);
                let text = format!("{attribute} takes options as `name = value`; it knows {known}");
                return Err(Error::new(token.span(), text));
            };
            let place = name.span();
            let name = name.to_string();
            if !names.contains(&name.as_str()) {
                let known = known(names);
                let text = format!("{attribute} has no option `{name}`; it knows {known}");
                return Err(Error::new(place, text));
            }
            let value = match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Punct(equals)), Some(value)) if equals.as_char() == '=' => value,
                _ => return Err(Error::new(place, format!("write `{name} = ` and a value"))),
            };
            let literal = literal(value.clone())
                .ok_or_else(|| Error::new(value.span(), format!("`{name}` takes a literal")))?;
            read.set(&name, &literal, place)?;
            match tokens.next() {
                None => break,
                Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
                Some(other) => {
                    return Err(Error::new(other.span(), "a comma goes between options"));
                }
            }
        }
        Ok(read)
    }

    fn set(&mut self, name: &str, value: &Literal, place: Span) -> Result<(), Error> {
        let error = |text: &str| Err(Error::new(value.span(), text));
        let twice = match name {
            "flavor" => self
                .flavor
                .replace(match text(value).as_deref() {
                    Some("current_thread") => Flavor::CurrentThread,
                    Some("multi_thread") => Flavor::MultiThread,
                    _ => return error("the flavors are \"multi_thread\" and \"current_thread\""),
                })
                .is_some(),
            "worker_threads" => self
                .worker_threads
                .replace(match number(value) {
                    Some(0) => {
                        return error(
                            "0 workers run no task: ask for at least 1, or for `flavor = \
                             \"current_thread\"`",
                        );
                    }
                    Some(count) => count,
                    None => return error("`worker_threads` takes a number, as in `2`"),
                })
                .is_some(),
            "http" => self
                .http
                .replace(match text(value) {
                    Some(_) => value.clone(),
                    None => return error("`http` takes an address, as in \"127.0.0.1:6060\""),
                })
                .is_some(),
            "clock" => self
                .virtual_clock
                .replace(match text(value).as_deref() {
                    Some("virtual") => true,
                    Some("real") => false,
                    _ => return error("the clocks are \"real\" and \"virtual\""),
                })
                .is_some(),
            "leak" => self
                .leak
                .replace(match text(value).as_deref() {
                    Some("off") => Leak::Off,
                    Some("report") => Leak::Report,
                    Some("panic") => Leak::Panic,
                    _ => {
                        return error(
                            "tasks that a test leaves are passed over with \"off\", told with \
                             \"report\", and make it fail with \"panic\"",
                        );
                    }
                })
                .is_some(),
            _ => self
                .library
                .replace(match text(value).map(|path| path.parse::<TokenStream>()) {
                    Some(Ok(path)) if !path.is_empty() => respan(path, value.span()),
                    _ => return error("`crate` takes the path of wakeful, as in \"::wakeful\""),
                })
                .is_some(),
        };
        if twice {
            return Err(Error::new(place, format!("`{name}` is given twice")));
        }
        if self.flavor == Some(Flavor::CurrentThread) && self.worker_threads.is_some() {
            let text = "a \"current_thread\" runtime has no worker threads: \
                        leave out `worker_threads`, or ask for `flavor = \"multi_thread\"`";
            return Err(Error::new(place, text));
        }
        let has_workers = self.flavor == Some(Flavor::MultiThread) || self.worker_threads.is_some();
        if self.virtual_clock == Some(true) && has_workers {
            let text = "worker threads do not see when all tasks sleep: a \"virtual\" clock goes \
                        with `flavor = \"current_thread\"`";
            return Err(Error::new(place, text));
        }
        Ok(())
    }
}

/// `a`, `b` and `c`, each in backticks.
fn known(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, first) = names.split_last().unwrap_or_else(|| unreachable!("there are options"));
    format!("{} and {last}", first.join(", "))
}

/// A literal, also one that came through a `macro_rules!` and is wrapped in a group without signs.
fn literal(token: TokenTree) -> Option<Literal> {
    match token {
        TokenTree::Literal(literal) => Some(literal),
        TokenTree::Group(group) if group.delimiter() == proc_macro::Delimiter::None => {
            group.stream().into_iter().next().and_then(literal)
        }
        _ => None,
    }
}

/// The text of a string literal without escapes.
fn text(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then(|| inner.to_owned())
}

/// The number of an integer literal.
fn number(literal: &Literal) -> Option<usize> {
    let digits = literal.to_string().replace('_', "");
    digits.strip_suffix("usize").unwrap_or(&digits).parse().ok()
}

fn respan(path: TokenStream, place: Span) -> TokenStream {
    path.into_iter()
        .map(|mut token| {
            token.set_span(place);
            token
        })
        .collect()
}
