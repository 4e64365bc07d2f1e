//! A mistake, told at the place where it was made.

use std::iter::once;

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// What the compiler is to say, and where.
#[derive(Debug)]
pub(crate) struct Error {
    place: Span,
    text: String,
}

impl Error {
    pub(crate) fn new(place: Span, text: impl Into<String>) -> Self {
        Self { place, text: text.into() }
    }

    /// `::core::compile_error! { "text" }`, with the span of the place in each token.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let punct = |sign, spacing| {
            let mut punct = Punct::new(sign, spacing);
            punct.set_span(self.place);
            TokenTree::from(punct)
        };
        let name = |name| TokenTree::from(Ident::new(name, self.place));
        let mut text = Literal::string(&self.text);
        text.set_span(self.place);
        let mut braces =
            Group::new(Delimiter::Brace, once(TokenTree::from(text)).collect::<TokenStream>());
        braces.set_span(self.place);
        TokenStream::from_iter([
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            name("core"),
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            name("compile_error"),
            punct('!', Spacing::Alone),
            braces.into(),
        ])
    }
}
