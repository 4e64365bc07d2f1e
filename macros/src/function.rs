//! The parts of an `async fn`, as the user wrote them.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::error::Error;

/// `ATTRIBUTES VISIBILITY [async] fn NAME ARGUMENTS [-> OUTPUT] BODY`.
pub(crate) struct Function {
    /// All before the name, without `async`.
    pub(crate) before: TokenStream,
    pub(crate) name: Ident,
    pub(crate) arguments: Group,
    /// Generics, arguments, return type and where clause: all between the name and the body.
    pub(crate) signature: TokenStream,
    /// The type after `->`, up to a `where`.
    pub(crate) output: Option<TokenStream>,
    pub(crate) body: Group,
    /// Where `#[test]` stands, if it does.
    pub(crate) test_attribute: Option<Span>,
}

impl Function {
    /// Takes `item` apart; `attribute` is what to call the caller in errors.
    pub(crate) fn parse(attribute: &str, item: TokenStream) -> Result<Self, Error> {
        let mut tokens = item.into_iter().peekable();
        let mut before = TokenStream::new();
        let mut is_async = false;
        let mut test_attribute = None;
        let fn_place = loop {
            match tokens.next() {
                Some(TokenTree::Ident(word)) if word.to_string() == "async" => is_async = true,
                Some(TokenTree::Ident(word)) if word.to_string() == "fn" => {
                    let place = word.span();
                    before.extend([TokenTree::Ident(word)]);
                    break place;
                }
                Some(token) => {
                    if is_test_attribute(&token) {
                        test_attribute = Some(token.span());
                    }
                    before.extend([token]);
                }
                None => {
                    let text = format!("{attribute} goes before an `async fn`, and this is none");
                    return Err(Error::new(Span::call_site(), text));
                }
            }
        };
        if !is_async {
            let text = format!(
                "the `async` keyword is missing before `fn`: {attribute} runs an async function"
            );
            return Err(Error::new(fn_place, text));
        }
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err(Error::new(fn_place, "a function has a name after `fn`"));
        };

        let mut rest: Vec<_> = tokens.collect();
        let body = match rest.pop() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
            _ => return Err(Error::new(name.span(), "the function has no body to run")),
        };
        let arguments = rest.iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
            _ => None,
        });
        let Some(arguments) = arguments.cloned() else {
            return Err(Error::new(name.span(), "a function has `()` after its name"));
        };
        let output = output(&rest);
        Ok(Self {
            before,
            name,
            arguments,
            signature: rest.into_iter().collect(),
            output,
            body,
            test_attribute,
        })
    }
}

/// Whether `token` is the `[test]` of a `#[test]`.
fn is_test_attribute(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    group.delimiter() == Delimiter::Bracket && group.stream().to_string() == "test"
}

/// The tokens after the `->` that follows the arguments.
fn output(signature: &[TokenTree]) -> Option<TokenStream> {
    let arguments = signature.iter().position(
        |token| matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Parenthesis),
    )?;
    match signature.get(arguments + 1..)? {
        [TokenTree::Punct(dash), TokenTree::Punct(head), output @ ..]
            if dash.as_char() == '-' && head.as_char() == '>' =>
        {
            let is_where = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word.to_string() == "where");
            Some(output.iter().take_while(|token| !is_where(token)).cloned().collect())
        }
        _ => None,
    }
}
